package document

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// readProfile decodes a profile of formatJSON. Series points are nine tenths of it and slow in encoding/json, so it cuts them out
// and decodes them itself, twice as fast: BenchmarkDecode. Other input goes to encoding/json as a whole.
func readProfile(data []byte, p *behaviour.Profile) error {
	rest := bufferPool.Get().(*[]byte)
	defer bufferPool.Put(rest)
	r := reader{data: data, rest: (*rest)[:0]}
	series := seriesByMetric{}
	r.eachSeries(func(category, metric []byte) {
		if !r.isAt('[') {
			r.skipValue()
			return
		}
		r.rest = append(append(r.rest, data[r.kept:r.at]...), "null"...)
		series[metricPath{string(category), string(metric)}] = r.readPoints()
		r.kept = r.at
	})
	if r.lost {
		return json.Unmarshal(data, p) // for its error message
	}
	r.rest = append(r.rest, data[r.kept:]...)
	*rest = r.rest
	if err := json.Unmarshal(*rest, p); err != nil {
		return err
	}
	if !series.addTo(p) { // duplicate or undecodable names
		*p = behaviour.Profile{}
		return json.Unmarshal(data, p)
	}
	return nil
}

// metricPath is the place of a summary in a profile's telemetry.
type metricPath struct{ category, metric string }

// seriesByMetric holds the series that were cut out of a profile.
type seriesByMetric map[metricPath][]behaviour.Point

// addTo adds the series to the summaries of a profile, and reports whether each has a summary without one.
func (all seriesByMetric) addTo(p *behaviour.Profile) bool {
	for at, points := range all {
		s, found := p.Telemetry[at.category][at.metric]
		if !found || s.Series != nil {
			return false
		}
		s.Series = points
		p.Telemetry[at.category][at.metric] = s
	}
	return true
}

// reader scans JSON without spaces, once. It does not check what it skips, and is lost at anything unexpected.
type reader struct {
	data []byte
	at   int
	lost bool

	rest []byte // data up to kept, without the series
	kept int
}

func (r *reader) isAt(c byte) bool { return r.at < len(r.data) && r.data[r.at] == c }

// expectByte skips one expected byte.
func (r *reader) expectByte(c byte) {
	if r.lost = r.lost || !r.isAt(c); !r.lost {
		r.at++
	}
}

func (r *reader) isAtDigit() bool { return r.at < len(r.data) && isDigit(r.data[r.at]) }

// eachSeries calls a function at each series of a profile, which must consume it.
func (r *reader) eachSeries(each func(category, metric []byte)) {
	r.eachMember(func(part []byte) {
		if string(part) != "telemetry" || !r.isAt('{') {
			r.skipValue()
			return
		}
		r.eachMember(func(category []byte) {
			r.eachMember(func(metric []byte) {
				r.eachMember(func(field []byte) {
					if string(field) == "series" {
						each(category, metric)
						return
					}
					r.skipValue()
				})
			})
		})
	})
}

// eachMember calls a function for each member of an object, which must consume the value.
func (r *reader) eachMember(each func(name []byte)) {
	r.expectByte('{')
	for first := true; !r.lost && !r.isAt('}'); first = false {
		if !first {
			r.expectByte(',')
		}
		name := r.name()
		r.expectByte(':')
		if r.lost {
			return
		}
		each(name)
	}
	r.expectByte('}')
}

// name reads a member's name without escapes.
func (r *reader) name() []byte {
	if r.expectByte('"'); r.lost {
		return nil
	}
	length := bytes.IndexByte(r.data[r.at:], '"')
	if r.lost = length < 0; r.lost {
		return nil
	}
	name := r.data[r.at : r.at+length]
	r.lost = bytes.IndexByte(name, '\\') >= 0
	r.at += length + 1
	return name
}

// skipValue skips a value.
func (r *reader) skipValue() {
	for depth := 0; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '"':
			r.skipString()
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return // end of the enclosing value
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

// skipString skips a string up to its closing quote.
func (r *reader) skipString() {
	for r.at++; r.at < len(r.data) && r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			r.at++
		}
	}
}

// readPoints reads [[seconds, value], …].
func (r *reader) readPoints() []behaviour.Point {
	points := []behaviour.Point{}
	r.expectByte('[')
	for !r.lost && !r.isAt(']') {
		if len(points) > 0 {
			r.expectByte(',')
		} else {
			points = make([]behaviour.Point, 0, behaviour.MaxPoints)
		}
		r.expectByte('[')
		at := r.readInteger()
		r.expectByte(',')
		value := r.readNumber()
		r.expectByte(']')
		points = append(points, behaviour.Point{Time: at, Value: value})
	}
	r.expectByte(']')
	return points
}

// readInteger reads an integer.
func (r *reader) readInteger() (n int64) {
	negative := r.isAt('-')
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

// readNumber reads a number that ends at a bracket.
func (r *reader) readNumber() float64 {
	length := bytes.IndexByte(r.data[r.at:], ']')
	if r.lost = r.lost || length < 0; r.lost {
		return 0
	}
	text := r.data[r.at : r.at+length]
	r.at += length
	x, err := strconv.ParseFloat(string(text), 64)
	r.lost = err != nil || !isJSONNumber(text)
	return x
}

// isJSONNumber reports whether a number that Go accepts is valid JSON. Go also accepts 01, 0x1p1, 1_0, .5, 5., +5 and Inf.
func isJSONNumber(text []byte) bool {
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
