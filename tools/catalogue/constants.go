package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"math"
	"time"
)

// standard holds the constants of the standard library that defaults use.
// Durations are nanoseconds, as in Go.
var standard = map[string]constant.Value{
	"time.Nanosecond":  constant.MakeInt64(int64(time.Nanosecond)),
	"time.Microsecond": constant.MakeInt64(int64(time.Microsecond)),
	"time.Millisecond": constant.MakeInt64(int64(time.Millisecond)),
	"time.Second":      constant.MakeInt64(int64(time.Second)),
	"time.Minute":      constant.MakeInt64(int64(time.Minute)),
	"time.Hour":        constant.MakeInt64(int64(time.Hour)),
	"math.MaxInt":      constant.MakeInt64(math.MaxInt64), // of the 64-bit target
	"math.MinInt":      constant.MakeInt64(math.MinInt64),
	"math.MaxInt8":     constant.MakeInt64(math.MaxInt8),
	"math.MaxInt16":    constant.MakeInt64(math.MaxInt16),
	"math.MaxInt32":    constant.MakeInt64(math.MaxInt32),
	"math.MinInt32":    constant.MakeInt64(math.MinInt32),
	"math.MaxInt64":    constant.MakeInt64(math.MaxInt64),
	"math.MinInt64":    constant.MakeInt64(math.MinInt64),
	"math.MaxUint32":   constant.MakeUint64(math.MaxUint32),
	"math.MaxFloat64":  constant.MakeFloat64(math.MaxFloat64),
}

// constant evaluates an expression as the Go compiler would: exact arithmetic,
// integer division of integers. Variables count as constants, since a default
// is read once, when the package is initialised.
func (s *source) constant(expr ast.Expr, in *file) (constant.Value, error) {
	switch expr := expr.(type) {
	case *ast.ParenExpr:
		return s.constant(expr.X, in)
	case *ast.BasicLit:
		if v := constant.MakeFromLiteral(expr.Value, expr.Kind, 0); v.Kind() != constant.Unknown {
			return v, nil
		}
	case *ast.Ident, *ast.SelectorExpr:
		return s.namedConstant(expr, in)
	case *ast.UnaryExpr:
		x, err := s.constant(expr.X, in)
		if err != nil {
			return nil, err
		}
		if (expr.Op == token.SUB || expr.Op == token.ADD) && numeric(x) || expr.Op == token.NOT && x.Kind() == constant.Bool {
			return constant.UnaryOp(expr.Op, x, 0), nil
		}
	case *ast.BinaryExpr:
		return s.binary(expr, in)
	case *ast.CallExpr:
		return s.call(expr, in)
	}
	return nil, fmt.Errorf("evaluate %s: not a constant", s.text(expr))
}

func numeric(v constant.Value) bool {
	return v.Kind() == constant.Int || v.Kind() == constant.Float
}

func (s *source) namedConstant(expr ast.Expr, in *file) (constant.Value, error) {
	p, importPath, name, ok := s.locate(expr, in)
	if !ok {
		return nil, fmt.Errorf("evaluate %s: unknown name", s.text(expr))
	}
	if p == nil {
		if v, ok := standard[importPath+"."+name]; ok {
			return v, nil
		}
		return nil, fmt.Errorf("evaluate %s: %w", s.text(expr), errOutside)
	}
	d, ok := p.consts[name]
	if !ok {
		d, ok = p.vars[name]
	}
	if !ok && importPath == in.pkg.path && (name == "true" || name == "false") {
		return constant.MakeBool(name == "true"), nil
	}
	if !ok || d.init == nil {
		return nil, fmt.Errorf("evaluate %s: its declaration has no value", s.text(expr))
	}
	return s.constant(d.init, d.file)
}

func (s *source) binary(expr *ast.BinaryExpr, in *file) (constant.Value, error) {
	x, err := s.constant(expr.X, in)
	if err != nil {
		return nil, err
	}
	y, err := s.constant(expr.Y, in)
	if err != nil {
		return nil, err
	}
	bothInt := x.Kind() == constant.Int && y.Kind() == constant.Int
	alike := numeric(x) && numeric(y) || x.Kind() == y.Kind()
	switch expr.Op {
	case token.ADD, token.SUB, token.MUL:
		if numeric(x) && numeric(y) || expr.Op == token.ADD && x.Kind() == constant.String && y.Kind() == constant.String {
			return constant.BinaryOp(x, expr.Op, y), nil
		}
	case token.QUO:
		if !numeric(x) || !numeric(y) || constant.Sign(y) == 0 {
			break
		}
		if bothInt {
			return constant.BinaryOp(x, token.QUO_ASSIGN, y), nil
		}
		return constant.BinaryOp(x, token.QUO, y), nil
	case token.REM:
		if bothInt && constant.Sign(y) != 0 {
			return constant.BinaryOp(x, token.REM, y), nil
		}
	case token.SHL, token.SHR:
		if n, exact := constant.Uint64Val(y); exact && bothInt && n < 64 {
			return constant.Shift(x, expr.Op, uint(n)), nil
		}
	case token.EQL, token.NEQ:
		if alike {
			return constant.MakeBool(constant.Compare(x, expr.Op, y)), nil
		}
	case token.LAND, token.LOR:
		if x.Kind() == constant.Bool && y.Kind() == constant.Bool {
			return constant.BinaryOp(x, expr.Op, y), nil
		}
	}
	return nil, fmt.Errorf("evaluate %s: operator %s not understood", s.text(expr), expr.Op)
}

// call evaluates conversions, such as float64(x), and the methods that turn a
// duration into a number, such as (6 * time.Hour).Seconds().
func (s *source) call(expr *ast.CallExpr, in *file) (constant.Value, error) {
	failed := fmt.Errorf("evaluate %s: not a constant", s.text(expr))
	if len(expr.Args) == 1 {
		sh, err := s.shapeOf(expr.Fun, in)
		if err != nil {
			return nil, failed
		}
		x, err := s.constant(expr.Args[0], in)
		if err != nil {
			return nil, err
		}
		switch {
		case (sh.kind == "int" || sh.kind == "duration") && numeric(x):
			if v := constant.ToInt(x); v.Kind() == constant.Int {
				return v, nil
			}
			f, _ := constant.Float64Val(x)
			return constant.MakeInt64(int64(f)), nil
		case sh.kind == "float" && numeric(x):
			return constant.ToFloat(x), nil
		case sh.kind == "string" && x.Kind() == constant.String, sh.kind == "bool" && x.Kind() == constant.Bool:
			return x, nil
		}
		return nil, failed
	}
	sel, ok := expr.Fun.(*ast.SelectorExpr)
	if _, _, isPackage := in.qualified(expr.Fun); !ok || isPackage || len(expr.Args) != 0 {
		return nil, failed
	}
	x, err := s.constant(sel.X, in)
	if err != nil {
		return nil, err
	}
	n, exact := constant.Int64Val(constant.ToInt(x))
	if !exact {
		return nil, failed
	}
	d := time.Duration(n)
	switch sel.Sel.Name {
	case "Nanoseconds":
		return constant.MakeInt64(d.Nanoseconds()), nil
	case "Milliseconds":
		return constant.MakeInt64(d.Milliseconds()), nil
	case "Seconds":
		return constant.MakeFloat64(d.Seconds()), nil
	case "Minutes":
		return constant.MakeFloat64(d.Minutes()), nil
	case "Hours":
		return constant.MakeFloat64(d.Hours()), nil
	}
	return nil, failed
}
