package main

import (
	"fmt"
	"go/ast"
)

// typeOf infers the shape of an expression that is given as a default, for the
// Typed settings, whose Go type is inferred from it.
func (s *source) typeOf(expr ast.Expr, in *file) (shape, error) {
	switch e := expr.(type) {
	case *ast.ParenExpr:
		return s.typeOf(e.X, in)
	case *ast.CompositeLit:
		if e.Type != nil {
			return s.shapeOf(e.Type, in)
		}
	case *ast.UnaryExpr:
		return s.typeOf(e.X, in)
	case *ast.CallExpr:
		return s.typeOfCall(e, in)
	case *ast.Ident, *ast.SelectorExpr:
		if d, ok := s.variable(expr, in); ok {
			if d.typ != nil {
				return s.shapeOf(d.typ, d.file)
			}
			if d.init != nil {
				return s.typeOf(d.init, d.file)
			}
		}
	}
	if c, err := s.constant(expr, in); err == nil {
		for _, kind := range []string{"bool", "string", "int", "float"} {
			if _, err := scalar(c, kind); err == nil {
				return shape{kind: kind}, nil
			}
		}
	}
	return shape{}, fmt.Errorf("infer the type of %s: not understood", s.text(expr))
}

func (s *source) typeOfCall(call *ast.CallExpr, in *file) (shape, error) {
	fun := call.Fun
	index, indexed := fun.(*ast.IndexExpr)
	if indexed {
		fun = index.X
	}
	p, _, name, ok := s.locate(fun, in)
	if ok && (name == "StaticGradualChange" || name == "ConvertGradualChange") {
		var sh shape
		var err error
		if indexed {
			sh, err = s.shapeOf(index.Index, in)
		} else {
			sh, err = s.typeOf(call.Args[0], in)
		}
		sh.gradual = true
		return sh, err
	}
	if ok && p != nil {
		if fn, ok := p.funcs[name]; ok && fn.decl.Type.Results != nil {
			return s.shapeOf(fn.decl.Type.Results.List[0].Type, fn.file)
		}
	}
	return s.shapeOf(call.Fun, in)
}
