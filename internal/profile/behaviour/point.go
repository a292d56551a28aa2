package behaviour

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MarshalJSON writes a point as [seconds, value].
func (p Point) MarshalJSON() ([]byte, error) {
	if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
		return nil, fmt.Errorf("sample at %d: not a finite number", p.Time)
	}
	return json.Marshal([]any{p.Time, p.Value})
}

// UnmarshalJSON reads [seconds, value].
func (p *Point) UnmarshalJSON(data []byte) error {
	inside, opened := bytes.CutPrefix(data, []byte("["))
	inside, closed := bytes.CutSuffix(inside, []byte("]"))
	at, value, two := strings.Cut(string(inside), ",")
	if !opened || !closed || !two {
		return fmt.Errorf("sample: expected [seconds, value], found %s", data)
	}
	var err error
	if p.Time, err = strconv.ParseInt(strings.TrimSpace(at), 10, 64); err != nil {
		return fmt.Errorf("sample time: expected whole seconds, found %s", at)
	}
	if p.Value, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
		return fmt.Errorf("sample value: expected a number, found %s", value)
	}
	return nil
}
