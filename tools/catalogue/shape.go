package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// shape is what a configured value has to look like. It is the configuration's
// view of a Go type: a duration is a kind, integers of every size are one.
type shape struct {
	kind   string // int, float, bool, string, duration, map, list, struct or opaque
	elem   *shape // of a list or a map
	fields []field
	// nullable types have no zero value that could be written down
	nullable bool
	// gradual values may also be given as {Old, New, Start, End}
	gradual bool
}

// field is a member of a struct under the name by which it is configured.
type field struct {
	goName string
	name   string
	shape  shape
}

var opaque = shape{kind: "opaque"}

// maxDepth ends the expansion of types that contain themselves.
const maxDepth = 8

var errOutside = errors.New("declared outside the modules read")

// shapeOf reads a type expression.
func (s *source) shapeOf(expr ast.Expr, in *file) (shape, error) {
	return s.expand(expr, in, maxDepth)
}

func (s *source) expand(expr ast.Expr, in *file, depth int) (shape, error) {
	if depth == 0 {
		return opaque, nil
	}
	switch expr := expr.(type) {
	case *ast.ParenExpr:
		return s.expand(expr.X, in, depth)
	case *ast.StarExpr:
		sh, err := s.expand(expr.X, in, depth-1)
		sh.nullable = true
		return sh, err
	case *ast.ArrayType:
		elem, err := s.expand(expr.Elt, in, depth-1)
		return shape{kind: "list", elem: &elem}, err
	case *ast.MapType:
		elem, err := s.expand(expr.Value, in, depth-1)
		return shape{kind: "map", elem: &elem}, err
	case *ast.FuncType, *ast.InterfaceType, *ast.ChanType:
		return shape{kind: "opaque", nullable: true}, nil
	case *ast.StructType:
		return s.expandStruct(expr, in, depth)
	case *ast.IndexExpr:
		if _, _, name, ok := s.locate(expr.X, in); ok && name == "GradualChange" {
			sh, err := s.expand(expr.Index, in, depth-1)
			sh.gradual = true
			return sh, err
		}
	case *ast.Ident, *ast.SelectorExpr:
		return s.expandNamed(expr, in, depth)
	}
	return shape{}, fmt.Errorf("read type %s: not understood", s.text(expr))
}

func (s *source) expandNamed(expr ast.Expr, in *file, depth int) (shape, error) {
	p, importPath, name, ok := s.locate(expr, in)
	if !ok {
		return shape{}, fmt.Errorf("read type %s: unknown package", s.text(expr))
	}
	if p != nil {
		if t, ok := p.types[name]; ok {
			return s.expand(t.spec.Type, t.file, depth-1)
		}
	}
	if importPath == "time" && name == "Duration" {
		return shape{kind: "duration"}, nil
	}
	if _, isIdent := expr.(*ast.Ident); isIdent {
		switch name {
		case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64":
			return shape{kind: "int"}, nil
		case "float32", "float64":
			return shape{kind: "float"}, nil
		case "bool", "string":
			return shape{kind: name}, nil
		case "any", "error":
			return shape{kind: "opaque", nullable: true}, nil
		}
	}
	if p != nil {
		return shape{}, fmt.Errorf("read type %s: not declared", s.text(expr))
	}
	return shape{}, fmt.Errorf("read type %s: %w", s.text(expr), errOutside)
}

func (s *source) expandStruct(st *ast.StructType, in *file, depth int) (shape, error) {
	out := shape{kind: "struct"}
	for _, f := range st.Fields.List {
		sh, err := s.expand(f.Type, in, depth-1)
		if err != nil {
			// only this member is out of reach
			sh = opaque
		}
		name, squash := configuredName(f.Tag)
		if squash {
			out.fields = append(out.fields, sh.fields...)
			continue
		}
		for _, ident := range fieldNames(f) {
			if name == "-" || !unicode.IsUpper([]rune(ident)[0]) {
				continue
			}
			configured := name
			if configured == "" {
				configured = ident
			}
			out.fields = append(out.fields, field{goName: ident, name: configured, shape: sh})
		}
	}
	return out, nil
}

func fieldNames(f *ast.Field) []string {
	var names []string
	for _, ident := range f.Names {
		names = append(names, ident.Name)
	}
	if len(names) == 0 {
		text := f.Type
		if star, ok := text.(*ast.StarExpr); ok {
			text = star.X
		}
		switch t := text.(type) {
		case *ast.Ident:
			names = append(names, t.Name)
		case *ast.SelectorExpr:
			names = append(names, t.Sel.Name)
		}
	}
	return names
}

// configuredName is the name that the server's decoder uses for a field, if it
// is not the field's own.
func configuredName(tag *ast.BasicLit) (name string, squash bool) {
	if tag == nil || tag.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(tag.Value)
	if err != nil {
		return "", false
	}
	name, options, _ := strings.Cut(reflect.StructTag(text).Get("mapstructure"), ",")
	return name, strings.Contains(options, "squash")
}

// fieldLabels are the configured names of a struct's fields.
func (s shape) fieldLabels() []string {
	var names []string
	for _, f := range s.fields {
		names = append(names, f.name)
	}
	return names
}
