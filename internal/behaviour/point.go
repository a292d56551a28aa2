package behaviour

import (
	"encoding/json"
	"fmt"
	"math"
)

// MarshalJSON writes a point as [seconds, value].
func (p Point) MarshalJSON() ([]byte, error) {
	if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
		return nil, fmt.Errorf("a sample at %d is no number", p.Time)
	}
	return json.Marshal([]any{p.Time, p.Value})
}

// UnmarshalJSON reads [seconds, value].
func (p *Point) UnmarshalJSON(data []byte) error {
	var pair []json.Number
	if err := json.Unmarshal(data, &pair); err != nil || len(pair) != 2 {
		return fmt.Errorf("a sample is [seconds, value], not %s", data)
	}
	var err error
	if p.Time, err = pair[0].Int64(); err != nil {
		return fmt.Errorf("a sample's time is %s, not whole seconds", pair[0])
	}
	if p.Value, err = pair[1].Float64(); err != nil {
		return fmt.Errorf("a sample's value is %s, not a number", pair[1])
	}
	return nil
}
