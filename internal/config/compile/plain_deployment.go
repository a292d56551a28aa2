package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const reading = "read deployment"

// loadPlain reads a plain file as the CUE package with the same meaning, in which every
// value keeps its place in the file.
func (c compiler) loadPlain(name string) (*build.Instance, error) {
	if err := c.LoadCore(); err != nil {
		return nil, err
	}
	decls, err := cuefile.ReadValues(reading, name)
	if err != nil {
		return nil, err
	}
	given, err := plainFields(name, decls)
	if err != nil {
		return nil, err
	}
	p := &plainDeployment{deploymentStatement: c.newStatement()}
	for _, f := range given {
		if err := p.addField(f); err != nil {
			return nil, err
		}
	}
	if !p.HasField("preset") {
		p.problems = append(p.problems, source.Problem{
			Message: "it names no preset",
			Pos:     source.Pos{File: name, Line: 1, Column: 1},
			Remedy:  "preset: NAME; temporal-dsql list-presets lists the names",
		})
	}
	if len(p.problems) > 0 {
		return nil, &source.Error{Doing: reading, Problems: p.problems}
	}
	return p.buildInstance(name)
}

// plainFields returns the fields of a file that is a struct of plain values.
func plainFields(name string, decls []ast.Decl) ([]*ast.Field, error) {
	if _, err := parseOverrides(reading, name, decls); err != nil {
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
					_, nested = parseOverrides(reading, name, lit.Elts)
				}
				return nested == nil
			}, nil)
		}
	}
	return all, nested
}

// A plainDeployment states the fields of a file, and collects the problems.
type plainDeployment struct {
	*deploymentStatement
	problems []source.Problem
}

// addField adds a field, with a reference in place of a name.
func (p *plainDeployment) addField(f *ast.Field) error {
	name, _, _ := ast.LabelName(f.Label)
	value := f.Value
	if lit, ok := value.(*ast.BasicLit); name == cuefile.SchemaField || ok && lit.Kind == token.NULL {
		return nil // an empty field sets nothing
	}
	switch names := registry.InputNames(p.compiler.Evaluator); {
	case !slices.Contains(names, name):
		remedy := registry.UnknownFieldRemedy(p.compiler.Evaluator, name, names, "use one of "+strings.Join(names, ", "))
		p.addProblem(f.Label, fmt.Sprintf("a deployment has no field %q", name), remedy)
	case name == "preset" || name == "modifier":
		kind := name + "s"
		if given, ok := p.readName(name, value); ok {
			path, err := p.compiler.FindPackage(kind, given)
			if err != nil {
				p.addUnknown(value, err)
				break
			}
			value = cuemod.IndexField(p.UsePackage(path), given)
			ast.SetPos(value, f.Value.Pos())
		}
	case name == "adapters":
		all, err := p.compiler.registry.ReadAdapters(p.compiler.Evaluator)
		if err != nil {
			return err
		}
		value = p.adapterFields(value, all)
	}
	p.AddField(&ast.Field{Label: f.Label, Value: value})
	return nil
}

// adapterFields returns the adapters that a list names.
func (p *plainDeployment) adapterFields(value ast.Expr, all []registry.Adapter) ast.Expr {
	list, ok := value.(*ast.ListLit)
	if !ok {
		p.addProblem(value, "adapters: expected a list of names", "such as [go, helm]")
		return value
	}
	byName := map[string]registry.Adapter{}
	for _, a := range all {
		byName[a.Name] = a
	}
	chosen := &ast.StructLit{}
	for _, x := range list.Elts {
		given, ok := p.readName("adapters", x)
		if !ok {
			continue
		}
		a, ok := byName[given]
		if !ok {
			p.addUnknown(x, registry.UnknownAdapter("adapter", given, all))
			continue
		}
		chosen.Elts = append(chosen.Elts, &ast.Field{Label: ast.NewString(given), Value: ast.NewSel(p.UsePackage(a.Path), "#Adapter")})
	}
	ast.SetPos(chosen, value.Pos())
	return chosen
}

// readName returns the text of a name.
func (p *plainDeployment) readName(of string, x ast.Expr) (string, bool) {
	if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if name, err := literal.Unquote(lit.Value); err == nil {
			return name, true
		}
	}
	p.addProblem(x, of+": expected a name", "temporal-dsql list-"+strings.TrimSuffix(of, "s")+"s lists the names")
	return "", false
}

func (p *plainDeployment) addProblem(at ast.Node, message, remedy string) {
	p.problems = append(p.problems, source.Problem{Message: message, Pos: p.compiler.Position(at.Pos()), Remedy: remedy})
}

// addUnknown places the error of an unknown name.
func (p *plainDeployment) addUnknown(at ast.Expr, err error) {
	var in *source.Error
	if !errors.As(err, &in) {
		p.addProblem(at, err.Error(), "")
		return
	}
	for _, x := range in.Problems {
		p.addProblem(at, x.Message, x.Remedy)
	}
}

// buildInstance returns the fields as a package. It is named after the file, so that a
// file read again replaces its earlier package.
func (p *plainDeployment) buildInstance(name string) (*build.Instance, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	inst := p.compiler.NewInstance(filepath.Dir(abs))
	inst.PkgName = "deployment"
	inst.ImportPath = "local.invalid/d" + hashPath(abs)
	schema := p.UsePackage(cuemod.SchemaPath)
	ast.SetPos(schema, p.Fields[0].Pos()) // CUE orders what it prints by where it is referred to
	deployment := ast.NewBinExpr(token.AND, ast.NewSel(schema, "#Deployment"), &ast.StructLit{Elts: p.Fields})
	if err := inst.AddSyntax(&ast.File{Filename: name, Decls: []ast.Decl{
		&ast.Package{Name: ast.NewIdent(inst.PkgName)}, &ast.ImportDecl{Specs: p.Imports}, &ast.EmbedDecl{Expr: deployment},
	}}); err != nil {
		return nil, p.compiler.UserError(reading, err)
	}
	if err := inst.Complete(); err != nil {
		return nil, p.compiler.UserError(reading, err)
	}
	return inst, nil
}

// hashPath returns a short digest of a path, for names of packages.
func hashPath(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8])
}
