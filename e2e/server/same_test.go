package server

import (
	"reflect"
	"time"
)

// same reports whether the server's value is the profile's: JSON has one kind of
// number, and a duration is text in it.
func same(server, profile any) bool {
	switch v := server.(type) {
	case int:
		return float64(v) == profile
	case time.Duration:
		text, _ := profile.(string)
		d, err := time.ParseDuration(text)
		return err == nil && d == v
	default: // bool, float64, string; lists and maps of them
		return reflect.DeepEqual(v, profile)
	}
}
