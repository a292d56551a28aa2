// Package strictjson decodes JSON that every reader understands alike: no field is given twice, and each has the
// case that its type defines. encoding/json takes the last of equal fields, and matches NAME to name, so a check of a
// document could read another value than its user.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// Unmarshal decodes JSON as encoding/json does, and rejects a document with a KeyError.
func Unmarshal(data []byte, into any) error { return unmarshal(data, into, false) }

// UnmarshalKnown decodes as Unmarshal does, and also rejects a field that its type does not have.
func UnmarshalKnown(data []byte, into any) error { return unmarshal(data, into, true) }

func unmarshal(data []byte, into any, onlyKnown bool) error {
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	return checkKeys(data, reflect.TypeOf(into), onlyKnown)
}

// A KeyError reports a field that is unknown, given twice, or in other letters than its type has it.
type KeyError struct {
	Path, Key string
	Unknown   bool
	// Want is the field that an unknown one differs from in case only, or "".
	Want string
	// Near is the field that is nearest to any other unknown one, or "".
	Near string
}

func (e *KeyError) Error() string {
	path := e.Key
	if e.Path != "" {
		path = e.Path + "." + e.Key
	}
	switch {
	case !e.Unknown:
		return fmt.Sprintf("field %q is given twice", path)
	case e.Near != "":
		return fmt.Sprintf("unknown field %q: did you mean %s?", path, e.Near)
	case e.Want == "":
		return fmt.Sprintf("unknown field %q", path)
	}
	return fmt.Sprintf("unknown field %q: write %s", path, e.Want)
}

// level is an object or a list that encloses the place of a scan.
type level struct {
	name   string
	of     reflect.Type // nil if any value is accepted
	object bool
	isKey  bool // the next text is a key
	keys   map[string]bool
}

// checkKeys scans valid JSON for keys, and decodes nothing else.
func checkKeys(data []byte, of reflect.Type, onlyKnown bool) error {
	var levels []level
	name := "" // of the next value
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := endOfText(data, i)
			if n := len(levels); n > 0 && levels[n-1].isKey {
				at := &levels[n-1]
				if err := json.Unmarshal(data[i:end], &name); err != nil {
					return err
				}
				if err := at.checkKey(levels, name, onlyKnown); err != nil {
					return err
				}
				of, at.isKey = fieldType(at.of, name), false
			}
			i = end - 1
		case '{', '[':
			levels = append(levels, level{name: name, of: plainType(of), object: data[i] == '{', isKey: data[i] == '{'})
			name = ""
			if data[i] == '[' {
				of = elementType(levels[len(levels)-1].of)
			}
		case ',':
			at := &levels[len(levels)-1]
			if at.isKey = at.object; !at.object {
				name, of = "", elementType(at.of)
			}
		case '}', ']':
			levels = levels[:len(levels)-1]
		}
	}
	return nil
}

// endOfText returns the position after a quoted text.
func endOfText(data []byte, start int) int {
	for i := start + 1; ; {
		i += bytes.IndexAny(data[i:], `"\`)
		if data[i] == '"' {
			return i + 1
		}
		i += 2
	}
}

func (at *level) checkKey(levels []level, key string, onlyKnown bool) error {
	path := func() string {
		var names []string
		for _, l := range levels {
			if l.name != "" {
				names = append(names, l.name)
			}
		}
		return strings.Join(names, ".")
	}
	if at.keys[key] {
		return &KeyError{Path: path(), Key: key}
	}
	if at.keys == nil {
		at.keys = map[string]bool{}
	}
	at.keys[key] = true
	if at.of == nil || at.of.Kind() != reflect.Struct {
		return nil
	}
	fields := fieldsOf(at.of)
	if _, known := fields[key]; known {
		return nil
	}
	for field := range fields {
		if strings.EqualFold(field, key) {
			return &KeyError{Path: path(), Key: key, Unknown: true, Want: field}
		}
	}
	if onlyKnown {
		return &KeyError{Path: path(), Key: key, Unknown: true, Near: suggest.NearestName(key, slices.Sorted(maps.Keys(fields)))}
	}
	return nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// plainType returns the type that encoding/json decodes by its kind, or nil if a type decodes itself or takes anything.
func plainType(of reflect.Type) reflect.Type {
	for of != nil {
		switch {
		case of.Kind() == reflect.Pointer:
			of = of.Elem()
		case of.Kind() == reflect.Interface, reflect.PointerTo(of).Implements(unmarshaler):
			return nil
		default:
			return of
		}
	}
	return nil
}

// elementType returns the type of a list's items.
func elementType(of reflect.Type) reflect.Type {
	if of != nil && (of.Kind() == reflect.Slice || of.Kind() == reflect.Array) {
		return of.Elem()
	}
	return nil
}

// fieldType returns the type of a field of an object.
func fieldType(of reflect.Type, key string) reflect.Type {
	switch {
	case of == nil:
		return nil
	case of.Kind() == reflect.Map:
		return of.Elem()
	case of.Kind() == reflect.Struct:
		return fieldsOf(of)[key]
	}
	return nil
}

var fieldCache sync.Map // reflect.Type to map[string]reflect.Type

// fieldsOf returns the types of a struct's fields by their names in JSON.
func fieldsOf(of reflect.Type) map[string]reflect.Type {
	if cached, is := fieldCache.Load(of); is {
		return cached.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		isEmbedded := f.Anonymous && name == ""
		if name == "-" || isEmbedded || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = f.Type
	}
	fieldCache.Store(of, fields)
	return fields
}
