package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"strconv"
	"strings"
	"time"
)

// A value is a bool, a string, a number, a []any of values or an object.
type (
	// number keeps the spelling, so that 9000 stays an int and 1.0 a float
	number string
	// object keeps the order in which the struct declares its fields
	object []member
	member struct {
		name  string
		value any
	}
)

// value evaluates a default in the shape in which it would be configured.
func (s *source) value(expr ast.Expr, in *file, want shape) (any, error) {
	switch e := expr.(type) {
	case *ast.ParenExpr:
		return s.value(e.X, in, want)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return s.value(e.X, in, want)
		}
	case *ast.CompositeLit:
		return s.composite(e, in, want)
	case *ast.CallExpr:
		if v, ok, err := s.wrapped(e, in, want); ok {
			return v, err
		}
	case *ast.Ident:
		if e.Name == "nil" {
			return nothing(want)
		}
	}
	switch want.kind {
	case "list", "map", "struct":
		d, ok := s.variable(expr, in)
		if !ok || d.init == nil {
			return nil, fmt.Errorf("evaluate %s: not a literal", s.text(expr))
		}
		return s.value(d.init, d.file, want)
	}
	c, err := s.constant(expr, in)
	if err != nil {
		return nil, err
	}
	return scalar(c, want.kind)
}

// variable finds the declaration of a package-level variable.
func (s *source) variable(expr ast.Expr, in *file) (declaration, bool) {
	p, _, name, ok := s.locate(expr, in)
	if !ok || p == nil {
		return declaration{}, false
	}
	d, ok := p.vars[name]
	return d, ok
}

func scalar(c constant.Value, kind string) (any, error) {
	switch kind {
	case "int":
		if v := constant.ToInt(c); v.Kind() == constant.Int {
			return number(v.ExactString()), nil
		}
	case "float":
		if v := constant.ToFloat(c); v.Kind() == constant.Float {
			f, _ := constant.Float64Val(v)
			return floatText(f), nil
		}
	case "bool":
		if c.Kind() == constant.Bool {
			return constant.BoolVal(c), nil
		}
	case "string":
		if c.Kind() == constant.String {
			return constant.StringVal(c), nil
		}
	case "duration":
		if n, exact := constant.Int64Val(constant.ToInt(c)); exact {
			return durationText(time.Duration(n)), nil
		}
	}
	return nil, fmt.Errorf("evaluate %s: not a %s", c, kind)
}

// floatText marks a float as one, even a whole number: 1.0.
func floatText(f float64) number {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return number(text)
}

// nothing is what nil means for the shape: no entries.
func nothing(want shape) (any, error) {
	switch {
	case want.nullable:
	case want.kind == "list":
		return []any{}, nil
	case want.kind == "map":
		return object{}, nil
	}
	return nil, fmt.Errorf("evaluate nil: no value for a %s", want.kind)
}

// wrapped evaluates the calls that hand their argument through in another Go
// type: conversions of composite types, and the two wrappers whose conversion
// function accepts the plain value.
func (s *source) wrapped(call *ast.CallExpr, in *file, want shape) (any, bool, error) {
	if len(call.Args) != 1 {
		return nil, false, nil
	}
	fun := call.Fun
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	if _, _, name, ok := s.locate(fun, in); ok {
		switch name {
		case "StaticGradualChange", "MustWildCardStringsToRegexp":
			v, err := s.value(call.Args[0], in, want)
			return v, true, err
		}
	}
	if sh, err := s.shapeOf(call.Fun, in); err == nil && (sh.kind == "list" || sh.kind == "map" || sh.kind == "struct") {
		v, err := s.value(call.Args[0], in, sh)
		return v, true, err
	}
	return nil, false, nil
}

func (s *source) composite(lit *ast.CompositeLit, in *file, want shape) (any, error) {
	if lit.Type != nil {
		sh, err := s.shapeOf(lit.Type, in)
		if err != nil {
			return nil, err
		}
		if sh.kind != want.kind {
			return nil, fmt.Errorf("evaluate %s: a %s where a %s is configured", s.text(lit), sh.kind, want.kind)
		}
		want = sh
	}
	switch want.kind {
	case "list":
		list := []any{}
		for _, elt := range lit.Elts {
			v, err := s.value(elt, in, *want.elem)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case "map":
		out := object{}
		for _, elt := range lit.Elts {
			kv, ok := elt.(*ast.KeyValueExpr)
			if !ok {
				return nil, fmt.Errorf("evaluate %s: a map entry without a key", s.text(lit))
			}
			key, err := s.constant(kv.Key, in)
			if err != nil {
				return nil, err
			}
			if key.Kind() != constant.String {
				return nil, fmt.Errorf("evaluate %s: a map key that is not a string", s.text(lit))
			}
			v, err := s.value(kv.Value, in, *want.elem)
			if err != nil {
				return nil, err
			}
			out = append(out, member{constant.StringVal(key), v})
		}
		return out, nil
	case "struct":
		return s.structLiteral(lit, in, want)
	}
	return nil, fmt.Errorf("evaluate %s: not understood", s.text(lit))
}

func (s *source) structLiteral(lit *ast.CompositeLit, in *file, want shape) (any, error) {
	given := map[string]ast.Expr{}
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if ident, ok := kv.Key.(*ast.Ident); ok {
				given[ident.Name] = kv.Value
				continue
			}
		}
		if i < len(want.fields) {
			given[want.fields[i].goName] = elt
		}
	}
	out := object{}
	for _, f := range want.fields {
		if expr, ok := given[f.goName]; ok {
			if ident, ok := expr.(*ast.Ident); ok && ident.Name == "nil" && f.shape.nullable {
				continue
			}
			v, err := s.value(expr, in, f.shape)
			if err != nil {
				return nil, err
			}
			out = append(out, member{f.name, v})
			continue
		}
		if v, ok := zero(f.shape); ok {
			out = append(out, member{f.name, v})
		}
	}
	return out, nil
}

// zero is Go's zero value, where one can be written in a configuration.
func zero(sh shape) (any, bool) {
	if sh.nullable {
		return nil, false
	}
	switch sh.kind {
	case "int":
		return number("0"), true
	case "float":
		return number("0.0"), true
	case "bool":
		return false, true
	case "string":
		return "", true
	case "duration":
		return "0s", true
	case "list":
		return []any{}, true
	case "map":
		return object{}, true
	case "struct":
		out := object{}
		for _, f := range sh.fields {
			if v, ok := zero(f.shape); ok {
				out = append(out, member{f.name, v})
			}
		}
		return out, true
	}
	return nil, false
}

// expression is the source text of a default without a value; of a variable,
// that of its initial value.
func (s *source) expression(expr ast.Expr, in *file) string {
	if d, ok := s.variable(expr, in); ok && d.init != nil {
		return s.text(d.init)
	}
	return s.text(expr)
}
