package compile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A deployment may be written plainly, as YAML or JSON: the same fields, with
// names where CUE has references. It becomes the CUE package that says the same,
// as syntax that keeps the lines and columns of the file.

const reading = "read deployment"

// plainNames are the files that make a folder a deployment, where it holds no CUE.
var plainNames = []string{"deployment.yaml", "deployment.yml", "deployment.json"}

// schemaField names the JSON Schema that a file follows, for editors.
const schemaField = "$schema"

// IsPlain reports whether a name is that of a YAML or JSON file.
func IsPlain(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

// IsDeployment reports whether a folder holds a deployment: a plain file, or CUE that is
// more than definitions for other packages.
func IsDeployment(dir string) bool {
	if len(PlainIn(dir)) > 0 {
		return true
	}
	switch readPackage(dir).kind {
	case unparsable, statesNothing, statesFields:
		return true
	}
	return false
}

// PlainIn are the deployments that a folder holds as plain files.
func PlainIn(dir string) []string {
	var found []string
	for _, name := range plainNames {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			found = append(found, filepath.Join(dir, name))
		}
	}
	return found
}

// fromPlain reads a plain file as a CUE package.
func (e *Engine) fromPlain(name string) (*build.Instance, error) {
	if err := e.core(); err != nil {
		return nil, err
	}
	decls, err := extract(reading, name)
	if err != nil {
		return nil, err
	}
	given, err := plainFields(name, decls)
	if err != nil {
		return nil, err
	}
	p := &plain{statement: e.state()}
	for _, f := range given {
		if err := p.add(f); err != nil {
			return nil, err
		}
	}
	if !p.has["preset"] {
		p.problems = append(p.problems, source.Problem{Message: "it names no preset", Pos: source.Pos{File: name, Line: 1, Column: 1}, Hint: "preset: NAME; temporal-dsql list-presets shows what there is"})
	}
	if len(p.problems) > 0 {
		return nil, &source.Error{Doing: reading, Problems: p.problems}
	}
	return p.instance(name)
}

// plainFields are the fields of a file that is a struct of plain values.
func plainFields(name string, decls []ast.Decl) ([]*ast.Field, error) {
	if _, err := fieldsOf(reading, name, decls); err != nil {
		return nil, err
	}
	var all []*ast.Field
	var nested error
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			if lit, ok := d.Expr.(*ast.StructLit); ok {
				return plainFields(name, lit.Elts)
			}
		case *ast.Field:
			all = append(all, d)
			ast.Walk(d.Value, func(n ast.Node) bool {
				if lit, ok := n.(*ast.StructLit); ok && nested == nil {
					_, nested = fieldsOf(reading, name, lit.Elts)
				}
				return nested == nil
			}, nil)
		}
	}
	return all, nested
}

// A plain deployment states the fields of a file, and gathers what is wrong.
type plain struct {
	*statement
	problems []source.Problem
}

// add states a field: a reference, where the file has a name.
func (p *plain) add(f *ast.Field) error {
	name, _, _ := ast.LabelName(f.Label)
	value := f.Value
	if lit, ok := value.(*ast.BasicLit); name == schemaField || ok && lit.Kind == token.NULL {
		return nil // a field left empty says nothing
	}
	switch names := p.engine.inputs(); {
	case !slices.Contains(names, name):
		hint := "one of " + strings.Join(names, ", ")
		if near := nearest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		p.wrong(f.Label, fmt.Sprintf("a deployment has no field %q", name), hint)
	case name == "preset" || name == "modifier":
		kind := name + "s"
		if given, ok := p.name(name, value); ok {
			path, err := p.engine.lookup(kind, given)
			if err != nil {
				p.unknown(value, err)
				break
			}
			value = field(p.use(path), given)
			ast.SetPos(value, f.Value.Pos())
		}
	case name == "adapters":
		all, err := p.engine.adapters()
		if err != nil {
			return err
		}
		value = p.adapters(value, all)
	}
	p.has[name] = true
	p.fields = append(p.fields, &ast.Field{Label: f.Label, Value: value})
	return nil
}

// adapters are those that a list names.
func (p *plain) adapters(value ast.Expr, all []Adapter) ast.Expr {
	list, ok := value.(*ast.ListLit)
	if !ok {
		p.wrong(value, "adapters: it is no list of names", "such as [go, helm]")
		return value
	}
	var known []string
	byName := map[string]Adapter{}
	for _, a := range all {
		known = append(known, a.Name)
		byName[a.Name] = a
	}
	chosen := &ast.StructLit{}
	for _, x := range list.Elts {
		given, ok := p.name("adapters", x)
		if !ok {
			continue
		}
		a, ok := byName[given]
		if !ok {
			p.unknown(x, Unknown("adapter", given, known))
			continue
		}
		chosen.Elts = append(chosen.Elts, &ast.Field{Label: ast.NewString(given), Value: ast.NewSel(p.use(a.path), "#Adapter")})
	}
	ast.SetPos(chosen, value.Pos())
	return chosen
}

// name reads what is to be a name.
func (p *plain) name(of string, x ast.Expr) (string, bool) {
	if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if name, err := literal.Unquote(lit.Value); err == nil {
			return name, true
		}
	}
	p.wrong(x, of+": it is no name", "temporal-dsql list-"+strings.TrimSuffix(of, "s")+"s shows what there is")
	return "", false
}

func (p *plain) wrong(at ast.Node, message, hint string) {
	p.problems = append(p.problems, source.Problem{Message: message, Pos: toPos(at.Pos(), p.engine.module.root), Hint: hint})
}

// unknown places what is wrong with a name.
func (p *plain) unknown(at ast.Expr, err error) {
	var in *source.Error
	if !errors.As(err, &in) {
		p.wrong(at, err.Error(), "")
		return
	}
	for _, x := range in.Problems {
		p.wrong(at, x.Message, x.Hint)
	}
}

// instance makes the fields a package of their own. It has the file's name, so
// that a file read again takes the place of what it was.
func (p *plain) instance(name string) (*build.Instance, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	e := p.engine
	inst := build.NewContext(build.Loader(e.loader)).NewInstance(filepath.Dir(abs), nil)
	inst.PkgName = "deployment"
	inst.ImportPath = "local.invalid/d" + digest([]byte(abs))[:16]
	schema := p.use(modulePath + "/schema")
	ast.SetPos(schema, p.fields[0].Pos()) // CUE orders what it prints by where it is referred to
	deployment := ast.NewBinExpr(token.AND, ast.NewSel(schema, "#Deployment"), &ast.StructLit{Elts: p.fields})
	if err := inst.AddSyntax(&ast.File{Filename: name, Decls: []ast.Decl{
		&ast.Package{Name: ast.NewIdent(inst.PkgName)}, &ast.ImportDecl{Specs: p.imports}, &ast.EmbedDecl{Expr: deployment},
	}}); err != nil {
		return nil, problems(reading, err, e.module.root)
	}
	if err := inst.Complete(); err != nil {
		return nil, problems(reading, err, e.module.root)
	}
	return inst, nil
}
