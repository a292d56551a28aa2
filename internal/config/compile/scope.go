package compile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
)

// A scope holds packages that are evaluated once for an engine, each as a field
// that expressions name as they would an import. CUE evaluates an import anew
// for each instance that is built, and keeps every instance for good; of an
// expression in a scope it does neither.
type scope struct {
	value cue.Value
	alias map[string]string // of each package, by import path
}

// lasting reports whether packages are to be evaluated wholly, and then never
// again: from the second compile on, as the first needs least of them. What an
// explanation says of a formula follows from how stock cue refers to it. So may the
// order of fields in a file: only our own adapters are known to write the same in
// a scope (a test holds all of them to it).
func (e *Engine) lasting(how extent, packages ...string) bool {
	if e.compiles <= 1 || how == traced {
		return false
	}
	return how == profileOnly || how == filed && len(packages) > 0 && !slices.ContainsFunc(packages, func(path string) bool { return !e.module.ours(path) })
}

// inScope adds a package to the scope, and tells the field that it is.
func (e *Engine) inScope(path string) (string, error) {
	if alias, ok := e.scope.alias[path]; ok {
		return alias, nil
	}
	v, err := e.value(path)
	if err != nil {
		return "", err
	}
	// no user writes such a name
	alias := fmt.Sprintf("$package%d", len(e.scope.alias))
	e.scope.value = e.scope.value.FillPath(cue.MakePath(cue.Str(alias)), v)
	e.scope.alias[path] = alias
	return alias, nil
}

// evaluate builds fields as a package of the path would have them.
func (s scope) evaluate(ctx *cue.Context, path string, fields []ast.Decl) cue.Value {
	return ctx.BuildExpr(&ast.StructLit{Elts: fields}, cue.Scope(s.value), cue.ImportPath(path))
}

// expression makes a loaded package an expression in the scope: its declarations
// with imports named as the scope has them. It changes the syntax of the package.
// It is false of a package that only means the same as an instance.
func (e *Engine) expression(inst *build.Instance) ([]ast.Decl, bool) {
	var decls []ast.Decl
	names := map[string]string{}
	for _, file := range inst.Files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.LetClause, *ast.Alias, *ast.Attribute:
				// the file's own
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
			alias, err := e.inScope(imported)
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

// importedBy is the path of an import as it is written, and of the package that
// it stands for: "" for one of CUE's own.
func importedBy(inst *build.Instance, spec *ast.ImportSpec) (literal, path string) {
	written, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return "", ""
	}
	pkg := inst.LookupImport(written)
	if pkg == nil {
		return "", ""
	}
	return spec.Path.Value, trimMajor(pkg.ImportPath)
}
