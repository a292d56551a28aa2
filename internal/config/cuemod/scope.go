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
// like an import. CUE evaluates an import again for each instance that is built and for
// each evaluation, and keeps every instance in memory; with an expression in a scope it
// does neither.
type scope struct {
	value    cue.Value            // a field for each package
	packages map[string]cue.Value // by field
	alias    map[string]string    // the field of each package, by import path
}

// addToScope adds a package to the scope, and returns its field.
func (e *Evaluator) addToScope(path string) (string, error) {
	if alias, ok := e.scope.alias[path]; ok {
		return alias, nil
	}
	v, err := e.evaluatePackage(path)
	if err != nil {
		return "", err
	}
	// no user writes such a name
	alias := fmt.Sprintf("$package%d", len(e.scope.alias))
	e.scope.packages[alias] = v
	e.scope.alias[path] = alias
	e.scope.value = e.ctx.Encode(e.scope.packages)
	return alias, nil
}

// ScopeValue returns the value of a package in the scope.
func (e *Evaluator) ScopeValue(path string) (cue.Value, error) {
	alias, err := e.addToScope(path)
	if err != nil {
		return cue.Value{}, err
	}
	return e.scope.packages[alias], nil
}

// packageField is the field that a package is evaluated in.
const packageField = "$package"

// evaluatePackage evaluates a package as a field: references to the root of an evaluation would evaluate its expressions
// again. (Filled into the scope itself, it would make CUE evaluate the other packages too.)
//
// Copying evaluated packages takes as long as evaluating them. Compiles with a copy take a seventh less.
func (e *Evaluator) evaluatePackage(path string) (cue.Value, error) {
	field := cue.MakePath(cue.Str(packageField))
	v, isField, err := e.evaluateOurs(path)
	if err != nil || isField {
		return v.LookupPath(field), err
	}
	return e.ctx.CompileString("{}").FillPath(field, v).LookupPath(field), nil
}

// evaluateOurs evaluates a package of ours with its imports taken from the scope, and any other as an instance. It
// reports whether the package is a field of the value, as it is if only some compiles follow.
func (e *Evaluator) evaluateOurs(path string) (v cue.Value, isField bool, err error) {
	if inst := e.byPath[path]; inst != nil && e.IsOurs(path) {
		if own := e.parseAgain(inst); own != nil {
			if decls, ok := e.PackageExpression(own); ok {
				if isField = e.expects == some; isField {
					decls = []ast.Decl{&ast.Field{Label: ast.NewString(packageField), Value: &ast.StructLit{Elts: decls}}}
				}
				if v := e.EvaluateInScope(path, decls); v.Err() == nil {
					return v, isField, nil
				}
			}
		}
	}
	v, err = e.PackageValue(path)
	return v, false, err
}

// parseAgain returns a copy of a package with its own syntax, or nil if its files are not
// available.
func (e *Evaluator) parseAgain(inst *build.Instance) *build.Instance {
	own := e.NewInstance(inst.Dir)
	own.PkgName, own.ImportPath = inst.PkgName, inst.ImportPath
	for _, file := range inst.Files {
		fresh := e.tree.syntax.parseAgain(file)
		if fresh == nil || own.AddSyntax(fresh) != nil {
			return nil
		}
	}
	if own.Complete() != nil {
		return nil
	}
	return own
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
	for i, file := range inst.Files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.LetClause:
				// it belongs to its file, and others can have one of the same name
				if len(inst.Files) > 1 {
					renameLet(file, d, fmt.Sprintf("$file%d_%s", i, d.Ident.Name))
				}
			case *ast.Alias:
				if len(inst.Files) > 1 {
					return nil, false
				}
			case *ast.Attribute:
				return nil, false
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
	// other files can have more of a field of the package
	top := map[ast.Node]bool{}
	for _, d := range decls {
		if field, ok := d.(*ast.Field); ok {
			top[field], top[field.Value] = true, true
		}
	}
	var found []*ast.Ident
	unused := maps.Clone(names)
	for _, d := range decls {
		ast.Walk(d, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok {
				if top[name.Node] {
					name.Node, name.Scope = nil, nil
				}
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

// renameLet renames a let clause of a file, with every reference to it.
func renameLet(file *ast.File, let *ast.LetClause, name string) {
	ast.Walk(file, func(n ast.Node) bool {
		if found, ok := n.(*ast.Ident); ok && found.Node == let {
			found.Name = name
		}
		return true
	}, nil)
	let.Ident.Name = name
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
