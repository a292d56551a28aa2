package cuemod

import (
	"fmt"
	"reflect"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// Import paths of the schema's packages.
const (
	SchemaPath    = cuefile.ModulePath + "/schema"
	CataloguePath = SchemaPath + "/temporal"
	listingPath   = SchemaPath + "/listing"
)

// Evaluate evaluates a few references into the loaded packages, and no more of them.
func (e *Evaluator) Evaluate(write func(*Statement)) (cue.Value, error) {
	if err := e.LoadCore(); err != nil {
		return cue.Value{}, err
	}
	s := e.NewStatement()
	s.Scoped = e.IsWarm()
	write(s)
	return s.Build()
}

// Table evaluates one field of the schema, and what it needs. It does so once: CUE would keep each evaluation in memory.
func Table[T any](e *Evaluator, name string) (T, error) { return decodeTable[T](e, SchemaPath, name) }

// Listing evaluates one of the lists that no compile needs.
func Listing[T any](e *Evaluator, name string) (T, error) {
	if !e.HasPackage(listingPath) {
		if err := e.LoadPackages(listingPath); err != nil {
			var none T
			return none, err
		}
	}
	return decodeTable[T](e, listingPath, name)
}

// decodeTable returns a copy of a table: CUE takes longer to decode a table than to evaluate it.
func decodeTable[T any](e *Evaluator, path, name string) (T, error) {
	key := decodedTable{path + "." + name, reflect.TypeFor[T]()}
	if kept, ok := e.decoded[key]; ok {
		return copyDeep(reflect.ValueOf(kept).Elem()).Interface().(T), nil
	}
	var out T
	table, ok := e.tables[key.name]
	if !ok {
		v, err := e.Evaluate(func(s *Statement) { s.SetField(name, ast.NewSel(s.UsePackage(path), name)) })
		if err != nil {
			return out, err
		}
		table = v.LookupPath(cue.MakePath(cue.Str(name)))
		e.tables[key.name] = table
	}
	if err := table.Decode(&out); err != nil {
		return out, e.UserError("read the "+name+" of the schema", err)
	}
	kept := copyDeep(reflect.ValueOf(out)).Interface().(T)
	e.decoded[key] = &kept
	return out, nil
}

// A decodedTable is a table and the type that it was decoded to.
type decodedTable struct {
	name string
	as   reflect.Type
}

// copyDeep returns a copy of a value that shares no map, list or struct with it.
func copyDeep(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return v
		}
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Interface:
		out.Set(copyDeep(v.Elem()))
	case reflect.Pointer:
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(copyDeep(v.Elem()))
	case reflect.Map:
		out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for key, value := range v.Seq2() {
			out.SetMapIndex(key, copyDeep(value))
		}
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(copyDeep(v.Index(i)))
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if field := out.Field(i); field.CanSet() {
				field.Set(copyDeep(v.Field(i)))
			}
		}
	default:
		return v
	}
	return out
}

// FieldNames returns the names of the fields of a value.
func FieldNames(v cue.Value) []string {
	var names []string
	if fields, err := v.Fields(); err == nil {
		for fields.Next() {
			names = append(names, fields.Selector().Unquoted())
		}
	}
	return names
}

// EncodeSyntax returns a value as CUE syntax.
func (e *Evaluator) EncodeSyntax(value any) (ast.Expr, error) {
	v := e.ctx.Encode(value)
	expr, ok := v.Syntax(cue.Final()).(ast.Expr)
	if err := v.Err(); err != nil || !ok {
		return nil, fmt.Errorf("write %v as CUE: %w", value, err)
	}
	return expr, nil
}
