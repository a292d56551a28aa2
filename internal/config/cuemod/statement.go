package cuemod

import (
	"fmt"
	"maps"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// A Statement is a package in the making: imports and fields as syntax, so that every
// value keeps the place where the user wrote it.
type Statement struct {
	Imports []*ast.ImportSpec
	Fields  []ast.Decl
	// Scoped statements take packages from the evaluator's scope instead of importing them.
	Scoped bool
	// Base is the deployment that a scoped statement refers to as BaseAlias.
	Base cue.Value

	evaluator *Evaluator
	aliases   map[string]string
	set       map[string]bool
	err       error // of a package that cannot be built
}

// BaseAlias names the base of a statement in a scope.
const BaseAlias = "$deployment"

// NewStatement returns an empty statement.
func (e *Evaluator) NewStatement() *Statement {
	return &Statement{evaluator: e, aliases: map[string]string{}, set: map[string]bool{}}
}

// UsePackage returns an expression for a loaded package.
func (s *Statement) UsePackage(path string) *ast.Ident {
	if s.Scoped {
		alias, err := s.evaluator.addToScope(path)
		if err != nil {
			s.err = err
		}
		return ast.NewIdent(alias)
	}
	alias, ok := s.aliases[path]
	if !ok {
		alias = fmt.Sprintf("p%d", len(s.aliases))
		s.aliases[path] = alias
		s.Imports = append(s.Imports, ast.NewImport(ast.NewIdent(alias), s.evaluator.byPath[path].ImportPath))
	}
	return ast.NewIdent(alias)
}

// SchemaName returns an expression for a name of the schema.
func (s *Statement) SchemaName(name string) ast.Expr {
	return ast.NewSel(s.UsePackage(SchemaPath), name)
}

// SetField adds a field.
func (s *Statement) SetField(name string, value ast.Expr) {
	s.AddField(&ast.Field{Label: ast.NewString(name), Value: value})
	s.set[name] = true
}

// AddField adds a declaration with its own label.
func (s *Statement) AddField(field *ast.Field) {
	if name, _, err := ast.LabelName(field.Label); err == nil {
		s.set[name] = true
	}
	s.Fields = append(s.Fields, field)
}

// HasField reports whether a field was added.
func (s *Statement) HasField(name string) bool { return s.set[name] }

// Build evaluates the statement.
func (s *Statement) Build() (cue.Value, error) {
	const path = cuefile.ModulePath + "/command_line"
	e := s.evaluator
	if s.err != nil {
		return cue.Value{}, s.err
	}
	if s.Scoped {
		in := e.scope
		if s.Base.Exists() {
			fields := maps.Clone(in.packages)
			fields[BaseAlias] = s.Base
			in.value = e.ctx.Encode(fields)
		}
		return in.evaluateFields(e.ctx, path, s.Fields), nil
	}
	file := &ast.File{Filename: "command line"}
	file.Decls = append(file.Decls, &ast.Package{Name: ast.NewIdent("command_line")}, &ast.ImportDecl{Specs: s.Imports})
	file.Decls = append(file.Decls, s.Fields...)
	inst := e.NewInstance("command line")
	inst.ImportPath = path
	if err := inst.AddSyntax(file); err != nil {
		return cue.Value{}, e.UserError("read the request", err)
	}
	if err := inst.Complete(); err != nil {
		return cue.Value{}, e.UserError("read the request", err)
	}
	e.built++
	return e.ctx.BuildInstance(inst), nil
}

// IndexField returns the expression X["name"].
func IndexField(x ast.Expr, name string) ast.Expr {
	return &ast.IndexExpr{X: x, Index: ast.NewString(name)}
}

// NewInstance returns an empty package that imports loaded packages.
func (e *Evaluator) NewInstance(dir string) *build.Instance {
	return build.NewContext(build.Loader(e.findInstance)).NewInstance(dir, nil)
}
