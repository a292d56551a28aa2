package store

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
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
		s, found := p.Telemetry[of[0]][of[1]]
		if !found || s.Series != nil {
			// of a name or a part that is there twice, or a name that is no text
			*p = behaviour.Profile{}
			return json.Unmarshal(data, p)
		}
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
func (r *reader) seconds() (n int64) {
	negative := r.is('-')
	if negative {
		r.at++
	}
	start := r.at
	for ; r.at < len(r.data) && isDigit(r.data[r.at]); r.at++ {
		n = 10*n + int64(r.data[r.at]-'0')
	}
	digits := r.at - start
	r.lost = r.lost || digits == 0 || digits > 18 || digits > 1 && r.data[start] == '0'
	if negative {
		return -n
	}
	return n
}

// number gives a number that a bracket ends.
func (r *reader) number() float64 {
	length := bytes.IndexByte(r.data[r.at:], ']')
	if r.lost = r.lost || length < 0; r.lost {
		return 0
	}
	text := r.data[r.at : r.at+length]
	r.at += length
	x, err := strconv.ParseFloat(string(text), 64)
	r.lost = err != nil || !inJSON(text)
	return x
}

// inJSON reports whether a number that Go takes is one of JSON's: Go also takes 01,
// 0x1p1, 1_0, .5, 5., +5 and Inf.
func inJSON(text []byte) bool {
	digits := bytes.TrimPrefix(text, []byte("-"))
	switch {
	case len(digits) == 0 || !isDigit(digits[0]) || !isDigit(digits[len(digits)-1]):
		return false
	case digits[0] == '0' && len(digits) > 1 && (isDigit(digits[1]) || digits[1]|0x20 == 'x' || digits[1] == '_'):
		return false
	}
	point := bytes.IndexByte(digits, '.')
	return bytes.IndexByte(digits, '_') < 0 && (point < 0 || isDigit(digits[point+1]))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
