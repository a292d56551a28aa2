package cuemod

import (
	"fmt"
	"maps"
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// A scope holds packages that are evaluated once, each as a field that expressions name
// like an import. CUE evaluates an import again for each instance that is built, and
// keeps every instance in memory; with an expression in a scope it does neither.
type scope struct {
	value cue.Value
	alias map[string]string // of each package, by import path
}

// addToScope adds a package to the scope, and returns its field.
func (e *Evaluator) addToScope(path string) (string, error) {
	if alias, ok := e.scope.alias[path]; ok {
		return alias, nil
	}
	v, err := e.PackageValue(path)
	if err != nil {
		return "", err
	}
	// no user writes such a name
	alias := fmt.Sprintf("$package%d", len(e.scope.alias))
	e.scope.value = e.scope.value.FillPath(cue.MakePath(cue.Str(alias)), v)
	e.scope.alias[path] = alias
	return alias, nil
}

// evaluateFields builds fields as a package of the path would have them.
func (s scope) evaluateFields(ctx *cue.Context, path string, fields []ast.Decl) cue.Value {
	return ctx.BuildExpr(&ast.StructLit{Elts: fields}, cue.Scope(s.value), cue.ImportPath(path))
}

// PackageExpression returns the declarations of a package with imports named as in the
// scope, for EvaluateInScope. It changes the syntax of the package. It returns false for
// a package that must be built as an instance.
func (e *Evaluator) PackageExpression(inst *build.Instance) ([]ast.Decl, bool) {
	var decls []ast.Decl
	names := map[string]string{}
	for _, file := range inst.Files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.LetClause, *ast.Alias, *ast.Attribute:
				// these belong to one file
				if _, ok := d.(*ast.Attribute); ok || len(inst.Files) > 1 {
					return nil, false
				}
			case *ast.Package, *ast.ImportDecl:
				continue
			}
			decls = append(decls, d)
		}
		for spec := range file.ImportSpecs() {
			path, imported := importedBy(inst, spec)
			if imported == "" {
				continue // CUE's own
			}
			alias, err := e.addToScope(imported)
			if err != nil {
				return nil, false
			}
			names[path] = alias
		}
	}
	var found []*ast.Ident
	unused := maps.Clone(names)
	for _, d := range decls {
		ast.Walk(d, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok {
				if spec, ok := name.Node.(*ast.ImportSpec); ok && names[spec.Path.Value] != "" {
					found = append(found, name)
					delete(unused, spec.Path.Value)
				}
			}
			return true
		}, nil)
	}
	if len(unused) > 0 {
		return nil, false // which is an error
	}
	for _, name := range found {
		spec := name.Node.(*ast.ImportSpec)
		name.Name, name.Node, name.Scope = names[spec.Path.Value], nil, nil
	}
	return decls, true
}

// importedBy returns an import path as it is written, and that of its package: "" for one
// of CUE's own.
func importedBy(inst *build.Instance, spec *ast.ImportSpec) (literal, path string) {
	written, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return "", ""
	}
	pkg := inst.LookupImport(written)
	if pkg == nil {
		return "", ""
	}
	return spec.Path.Value, cuefile.TrimMajor(pkg.ImportPath)
}

// EvaluateInScope evaluates declarations as a package of an import path.
func (e *Evaluator) EvaluateInScope(path string, decls []ast.Decl) cue.Value {
	return e.scope.evaluateFields(e.ctx, path, decls)
}
