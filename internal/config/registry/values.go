package registry

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"time"
)

// EqualValues reports whether two values of a kind are the same: 60s and 1m are, and so
// are 1 and 1.0 in a list or a struct.
func EqualValues(kind string, a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, func(a, b any) bool { return EqualValues("", a, b) })
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, func(a, b any) bool { return EqualValues("", a, b) })
	}
	if kind == "duration" {
		x, xok := a.(string)
		y, yok := b.(string)
		if d, err := time.ParseDuration(x); xok && yok && err == nil {
			other, err := time.ParseDuration(y)
			return err == nil && d == other
		}
	}
	if x, ok := parseNumber(a); ok {
		y, ok := parseNumber(b)
		return ok && x.Cmp(y) == 0
	}
	return reflect.DeepEqual(a, b)
}

// LessValue reports whether the first of two values of a kind is the smaller one.
func LessValue(kind string, a, b any) bool {
	if kind == "duration" {
		x, err1 := time.ParseDuration(fmt.Sprint(a))
		y, err2 := time.ParseDuration(fmt.Sprint(b))
		return err1 == nil && err2 == nil && x < y
	}
	x, ok1 := parseNumber(a)
	y, ok2 := parseNumber(b)
	return ok1 && ok2 && x.Cmp(y) < 0
}

func parseNumber(v any) (*big.Float, bool) {
	switch v.(type) {
	case int, int64, uint64, float64, *big.Int, *big.Float:
		x, _, err := big.ParseFloat(fmt.Sprint(v), 10, 200, big.ToNearestEven)
		return x, err == nil
	}
	return nil, false
}

// EqualJSON reports whether two values have the same JSON, so that 4096 equals 4096.0.
func EqualJSON(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}
