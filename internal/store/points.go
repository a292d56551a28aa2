package store

import (
	"bytes"
	"encoding/json"
	"math"
	"math/bits"
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
		at := r.whole()
		r.take(',')
		value := r.number()
		r.take(']')
		points = append(points, behaviour.Point{Time: at, Value: value})
	}
	r.take(']')
	return points
}

// whole gives a whole number.
func (r *reader) whole() int64 {
	negative := r.minus()
	n, digits := r.integer()
	r.lost = r.lost || digits > 18
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// number gives a number. Nearly all have no more digits than fit, and no exponent: of
// these it is a quotient.
func (r *reader) number() float64 {
	start := r.at
	negative := r.minus()
	n, digits := r.integer()
	if n == 0 {
		digits = 0 // the one before the point counts for nothing
	}
	decimals := 0
	if r.is('.') {
		r.at++
		n, decimals = r.digits(n)
		r.lost = r.lost || decimals == 0
	}
	if r.is(']') && n > 0 && digits+decimals < len(powers) {
		x := quotient(n, powers[decimals])
		if negative {
			return -x
		}
		return x
	}
	if r.is('e') || r.is('E') {
		r.at++
		if r.is('+') || r.is('-') {
			r.at++
		}
		_, digits := r.digits(0)
		r.lost = r.lost || digits == 0
	}
	x, err := strconv.ParseFloat(string(r.data[start:r.at]), 64)
	r.lost = r.lost || err != nil
	return x
}

func (r *reader) minus() bool {
	negative := r.is('-')
	if negative {
		r.at++
	}
	return negative
}

// integer gives what stands before a point, and how many digits that is.
func (r *reader) integer() (n uint64, digits int) {
	zero := r.is('0')
	n, digits = r.digits(0)
	r.lost = r.lost || digits == 0 || zero && digits > 1
	return n, digits
}

// digits appends digits to a number, and counts them; beyond 19 the number is not one.
func (r *reader) digits(n uint64) (uint64, int) {
	start := r.at
	for ; r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9'; r.at++ {
		n = 10*n + uint64(r.data[r.at]-'0')
	}
	return n, r.at - start
}

// powers of ten that 64 bits hold: numbers of fewer digits fit, too.
var powers = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// quotient is the float nearest to x / y, as strconv has it; neither is zero.
func quotient(x, y uint64) float64 {
	left, right := bits.LeadingZeros64(x), bits.LeadingZeros64(y)
	x, y = x<<left, y<<right
	// at least 63 bits of it, of which a float keeps 53, rounded by the others: the last
	// of them stands for all that follow
	q, rest := bits.Div64(x>>1, x<<63, y)
	if rest > 0 {
		q |= 1
	}
	return math.Ldexp(float64(q), right-left-63)
}
