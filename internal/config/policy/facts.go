package policy

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// valueOf converts facts to the value that policies would read from their JSON, without
// encoding and decoding it.
func valueOf(v reflect.Value) (ast.Value, error) {
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return ast.NullValue, nil
	}
	if v.NumMethod() > 0 {
		switch x := v.Interface().(type) {
		case ast.Value:
			return x, nil // encoded before, by EncodeFacts
		case json.Number, json.Marshaler, encoding.TextMarshaler:
			return ast.InterfaceToValue(x)
		}
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		return valueOf(v.Elem())
	case reflect.String:
		return ast.String(v.String()), nil
	case reflect.Float64:
		return floatValue(v.Float())
	case reflect.Slice:
		if v.IsNil() {
			return ast.NullValue, nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break // JSON has a byte slice as text
		}
		terms := make([]ast.Term, v.Len())
		all := make([]*ast.Term, v.Len())
		for i := range all {
			var err error
			if terms[i].Value, err = valueOf(v.Index(i)); err != nil {
				return nil, err
			}
			all[i] = &terms[i]
		}
		return ast.NewArray(all...), nil
	case reflect.Map:
		if v.IsNil() {
			return ast.NullValue, nil
		}
		if v.Type().Key().Kind() != reflect.String {
			break
		}
		o := newObjectBuilder(v.Len())
		for each := v.MapRange(); each.Next(); {
			if err := o.addMember(ast.StringTerm(each.Key().String()), each.Value()); err != nil {
				return nil, err
			}
		}
		return o.build(), nil
	case reflect.Struct:
		fields := fieldsOf(v.Type())
		if fields == nil {
			break
		}
		o := newObjectBuilder(len(fields))
		for i, f := range fields {
			if value := v.Field(i); !f.omitEmpty || !isEmptyValue(value) {
				if err := o.addMember(f.name, value); err != nil {
					return nil, err
				}
			}
		}
		return o.build(), nil
	}
	return ast.InterfaceToValue(v.Interface())
}

// An objectBuilder collects the members of an object.
type objectBuilder struct {
	values  []ast.Term
	members [][2]*ast.Term
}

func newObjectBuilder(most int) objectBuilder {
	return objectBuilder{make([]ast.Term, 0, most), make([][2]*ast.Term, 0, most)}
}

func (o *objectBuilder) addMember(name *ast.Term, v reflect.Value) error {
	value, err := valueOf(v)
	if err != nil {
		return err
	}
	o.values = append(o.values, ast.Term{Value: value})
	o.members = append(o.members, [2]*ast.Term{name, &o.values[len(o.values)-1]})
	return nil
}

func (o *objectBuilder) build() ast.Value { return ast.NewObject(o.members...) }

// floatValue returns a float as encoding/json writes it.
func floatValue(x float64) (ast.Value, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, fmt.Errorf("%v is not a number in JSON", x)
	}
	form := byte('f')
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return ast.Number(strconv.FormatFloat(x, form, -1, 64)), nil
}

// A field is a field of a struct, with its name in JSON.
type field struct {
	name      *ast.Term
	omitEmpty bool
}

var structFields sync.Map // by reflect.Type: []field

// fieldsOf returns the fields of a struct. nil means that only encoding/json can encode it.
func fieldsOf(t reflect.Type) []field {
	if known, found := structFields.Load(t); found {
		return known.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" || options != "" && options != "omitempty" {
			fields = nil
			break
		}
		fields = append(fields, field{ast.StringTerm(name), options != ""})
	}
	structFields.Store(t, fields)
	return fields
}

// isEmptyValue reports whether omitempty leaves a value out.
func isEmptyValue(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// appendJSON appends a value of a policy as JSON.
func appendJSON(to []byte, v ast.Value) []byte {
	switch v := v.(type) {
	case ast.Number:
		return append(to, v...)
	case ast.String:
		return appendString(to, string(v))
	case ast.Boolean:
		return strconv.AppendBool(to, bool(v))
	case *ast.Array:
		return appendList(to, v.Foreach)
	case ast.Set:
		return appendList(to, v.Foreach)
	case ast.Object:
		to = append(to, '{')
		v.Foreach(func(key, member *ast.Term) {
			name, ok := key.Value.(ast.String)
			if !ok {
				name = ast.String(appendJSON(nil, key.Value))
			}
			to = append(appendString(to, string(name)), ':')
			to = append(appendJSON(to, member.Value), ',')
		})
		return closeList(to, '}')
	}
	return append(to, "null"...)
}

func appendList(to []byte, foreach func(func(*ast.Term))) []byte {
	to = append(to, '[')
	foreach(func(t *ast.Term) { to = append(appendJSON(to, t.Value), ',') })
	return closeList(to, ']')
}

// closeList ends a list, and removes the comma after its last element.
func closeList(to []byte, end byte) []byte {
	if last := len(to) - 1; to[last] == ',' {
		to = to[:last]
	}
	return append(to, end)
}

// appendString appends text as JSON. Most texts need no escaping.
func appendString(to []byte, text string) []byte {
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c == '\uFFFD' }) {
		quoted, _ := json.Marshal(text)
		return append(to, quoted...)
	}
	return append(append(append(to, '"'), text...), '"')
}
