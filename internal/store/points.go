package store

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
)

// readProfile reads a profile. Nine tenths of one are the points of its series,
// which encoding/json is slow at: they are cut out and read apart, and the rest
// as usual. What is not written as profiles are is read as usual altogether.
func readProfile(data []byte, p *behaviour.Profile) error {
	rest := rooms.Get().(*[]byte)
	defer rooms.Put(rest)
	r := reader{data: data, rest: (*rest)[:0]}
	series := map[[2]string][]behaviour.Point{}
	r.members(func(part string) {
		if part != "telemetry" || !r.is('{') {
			r.skip()
			return
		}
		r.members(func(category string) {
			r.members(func(metric string) {
				r.members(func(field string) {
					if field != "series" || !r.is('[') {
						r.skip()
						return
					}
					r.rest = append(append(r.rest, data[r.kept:r.at]...), "null"...)
					series[[2]string{category, metric}] = r.points()
					r.kept = r.at
				})
			})
		})
	})
	if r.lost {
		return json.Unmarshal(data, p) // it says what is wrong
	}
	r.rest = append(r.rest, data[r.kept:]...)
	*rest = r.rest
	if err := json.Unmarshal(*rest, p); err != nil {
		return err
	}
	for of, points := range series {
		s := p.Telemetry[of[0]][of[1]]
		s.Series = points
		p.Telemetry[of[0]][of[1]] = s
	}
	return nil
}

// A reader goes once through JSON without spaces. What it skips it does not
// check; it is lost where it finds something else than it looks for.
type reader struct {
	data []byte
	at   int
	lost bool

	rest []byte // of the data up to kept, without what was cut out
	kept int
}

func (r *reader) is(c byte) bool { return r.at < len(r.data) && r.data[r.at] == c }

// take goes over one byte, which has to be there.
func (r *reader) take(c byte) {
	if r.lost = r.lost || !r.is(c); !r.lost {
		r.at++
	}
}

// members goes through an object: each goes over the value of a member.
func (r *reader) members(each func(name string)) {
	r.take('{')
	for first := true; !r.lost && !r.is('}'); first = false {
		if !first {
			r.take(',')
		}
		name := r.name()
		r.take(':')
		if r.lost {
			return
		}
		each(name)
	}
	r.take('}')
}

// name is that of a member, without escapes.
func (r *reader) name() string {
	if r.take('"'); r.lost {
		return ""
	}
	length := bytes.IndexByte(r.data[r.at:], '"')
	if r.lost = length < 0; r.lost {
		return ""
	}
	name := r.data[r.at : r.at+length]
	r.lost = bytes.IndexByte(name, '\\') >= 0
	r.at += length + 1
	return string(name)
}

// skip goes over a value.
func (r *reader) skip() {
	for depth := 0; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '"':
			r.text()
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return // of what the value is in
			}
			depth--
		case ',':
			if depth == 0 {
				return
			}
		}
	}
	r.lost = true
}

// text goes over text, up to the quote that ends it.
func (r *reader) text() {
	for r.at++; r.at < len(r.data) && r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			r.at++
		}
	}
}

// points reads [[seconds, value], …].
func (r *reader) points() []behaviour.Point {
	points := []behaviour.Point{}
	r.take('[')
	for !r.lost && !r.is(']') {
		if len(points) > 0 {
			r.take(',')
		} else {
			points = make([]behaviour.Point, 0, behaviour.MaxPoints)
		}
		r.take('[')
		at := r.seconds()
		r.take(',')
		value := r.number()
		r.take(']')
		points = append(points, behaviour.Point{Time: at, Value: value})
	}
	r.take(']')
	return points
}

// seconds gives a whole number.
func (r *reader) seconds() int64 {
	start := r.at
	r.minus()
	r.whole()
	n, err := strconv.ParseInt(string(r.data[start:r.at]), 10, 64)
	r.lost = r.lost || err != nil
	return n
}

// number gives a number.
func (r *reader) number() float64 {
	start := r.at
	r.minus()
	r.whole()
	if r.is('.') {
		r.at++
		r.lost = r.digits() == 0 || r.lost
	}
	if r.is('e') || r.is('E') {
		r.at++
		if r.is('+') || r.is('-') {
			r.at++
		}
		r.lost = r.digits() == 0 || r.lost
	}
	x, err := strconv.ParseFloat(string(r.data[start:r.at]), 64)
	r.lost = r.lost || err != nil
	return x
}

func (r *reader) minus() {
	if r.is('-') {
		r.at++
	}
}

// whole goes over what stands before a point.
func (r *reader) whole() {
	zero := r.is('0')
	n := r.digits()
	r.lost = r.lost || n == 0 || zero && n > 1
}

// digits goes over digits, and counts them.
func (r *reader) digits() int {
	start := r.at
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' {
		r.at++
	}
	return r.at - start
}
