package main

import (
	"go/ast"
	"go/token"
)

// converterArgument is the input of a conversion function: the shape of the configured value,
// and the base value that it is merged over, if any.
type converterArgument struct {
	shape shape
	base  ast.Expr
	in    *file
}

// converterInput finds out what a conversion function accepts. The Go type of
// such a setting does not show what to configure: a list of wildcards becomes a regular
// expression, a struct of durations a retry policy.
func (s *source) converterInput(expr ast.Expr, in *file) (converterArgument, bool) {
	return s.follow(expr, in, maxDepth)
}

func (s *source) follow(expr ast.Expr, in *file, depth int) (converterArgument, bool) {
	if depth == 0 {
		return converterArgument{}, false
	}
	switch e := expr.(type) {
	case *ast.FuncLit:
		return s.followBody(e.Body, in, depth)
	case *ast.CallExpr:
		return s.followCall(e, in, depth)
	case *ast.Ident, *ast.SelectorExpr:
		p, _, name, ok := s.locate(expr, in)
		if !ok || p == nil {
			return converterArgument{}, false
		}
		if fn, ok := p.funcs[name]; ok && fn.decl.Body != nil {
			return s.followBody(fn.decl.Body, fn.file, depth-1)
		}
		if d, ok := p.vars[name]; ok && d.init != nil {
			return s.follow(d.init, d.file, depth-1)
		}
	}
	return converterArgument{}, false
}

// followCall reads ConvertStructure(base), ConvertStructure[T](base) and
// ConvertGradualChange.
func (s *source) followCall(call *ast.CallExpr, in *file, depth int) (converterArgument, bool) {
	fun := call.Fun
	index, indexed := fun.(*ast.IndexExpr)
	if indexed {
		fun = index.X
	}
	p, _, name, ok := s.locate(fun, in)
	if !ok || p == nil || len(call.Args) != 1 {
		return converterArgument{}, false
	}
	switch {
	case p.path == settingPackage && name == "ConvertStructure":
		sh, err := s.typeOf(call.Args[0], in)
		if indexed {
			sh, err = s.localShape(index.Index, in)
		}
		return converterArgument{sh, call.Args[0], in}, err == nil
	case p.path == settingPackage && name == "ConvertGradualChange":
		sh, err := s.typeOfCall(call, in)
		return converterArgument{sh, call.Args[0], in}, err == nil
	}
	if _, isFunc := p.funcs[name]; isFunc || p.vars[name].init != nil {
		return s.follow(fun, in, depth-1)
	}
	return converterArgument{}, false
}

// localShape reads a type that may be declared inside the conversion function;
// of such a one only the outermost kind is known.
func (s *source) localShape(expr ast.Expr, in *file) (shape, error) {
	sh, err := s.shapeOf(expr, in)
	if err != nil {
		if _, isList := expr.(*ast.ArrayType); isList {
			return shape{kind: "list", elem: &opaque}, nil
		}
	}
	return sh, err
}

// followBody takes the first sign, in source order, of what the function
// decodes its argument into.
func (s *source) followBody(body *ast.BlockStmt, in *file, depth int) (found converterArgument, ok bool) {
	local := map[string]ast.Expr{} // var x T
	ast.Inspect(body, func(n ast.Node) bool {
		if ok {
			return false
		}
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, name := range n.Names {
				if n.Type != nil {
					local[name.Name] = n.Type
				}
			}
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				if sh, err := s.shapeOf(n.Type, in); err == nil {
					found, ok = converterArgument{shape: sh}, true
				}
			}
		case *ast.CallExpr:
			if typ := decodedInto(n, in, local); typ != nil {
				if sh, err := s.shapeOf(typ, in); err == nil {
					found, ok = converterArgument{shape: sh}, true
				}
				return !ok
			}
			found, ok = s.followCall(n, in, depth)
		}
		return !ok
	})
	return found, ok
}

// decodedInto reads mapstructure.Decode(in, &x).
func decodedInto(call *ast.CallExpr, in *file, local map[string]ast.Expr) ast.Expr {
	_, name, ok := in.qualified(call.Fun)
	if !ok || name != "Decode" || len(call.Args) != 2 {
		return nil
	}
	ref, ok := call.Args[1].(*ast.UnaryExpr)
	if !ok || ref.Op != token.AND {
		return nil
	}
	if ident, ok := ref.X.(*ast.Ident); ok {
		return local[ident.Name]
	}
	return nil
}
