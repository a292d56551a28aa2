//go:build temporal

package crosscheck

import (
	"fmt"
	"reflect"
)

// difference says where two values of the server differ; "" if they do not. It
// reads private fields too, and takes nil and empty for the same, as whoever
// writes a configuration does.
func difference(got, want reflect.Value) string {
	if got.IsValid() != want.IsValid() || got.IsValid() && got.Type() != want.Type() {
		return fmt.Sprintf("gives %v, want %v", got, want)
	}
	if !got.IsValid() {
		return ""
	}
	switch got.Kind() {
	case reflect.Pointer, reflect.Interface:
		if got.IsNil() || want.IsNil() {
			return unequal(got.IsNil() == want.IsNil(), got, want)
		}
		if got.Type().String() == "*regexp.Regexp" {
			expr := func(v reflect.Value) string { return v.Elem().FieldByName("expr").String() }
			return unequal(expr(got) == expr(want), got, want)
		}
		return difference(got.Elem(), want.Elem())
	case reflect.Struct:
		for i := range got.NumField() {
			if diff := difference(got.Field(i), want.Field(i)); diff != "" {
				return got.Type().Field(i).Name + " " + diff
			}
		}
		return ""
	case reflect.Slice, reflect.Array:
		if got.Len() != want.Len() {
			return unequal(false, got, want)
		}
		for i := range got.Len() {
			if diff := difference(got.Index(i), want.Index(i)); diff != "" {
				return fmt.Sprintf("[%d] %s", i, diff)
			}
		}
		return ""
	case reflect.Map:
		if got.Len() != want.Len() {
			return unequal(false, got, want)
		}
		for _, key := range got.MapKeys() {
			if diff := difference(got.MapIndex(key), want.MapIndex(key)); diff != "" {
				return fmt.Sprintf("[%v] %s", key, diff)
			}
		}
		return ""
	case reflect.Func, reflect.Chan:
		return unequal(got.IsNil() == want.IsNil(), got, want)
	}
	return unequal(got.Equal(want), got, want)
}

func unequal(same bool, got, want reflect.Value) string {
	if same {
		return ""
	}
	return fmt.Sprintf("gives %v, the server's own is %v", got, want)
}
