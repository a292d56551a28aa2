package compile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const readingService = "read the service's configuration"

// Service reads a file of #Service: CUE, YAML or JSON, into a value as
// encoding/json would. What is wrong has its place in the file, and what the
// schema says of the field.
func (e *Engine) Service(name string, into any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.core(); err != nil {
		return err
	}
	schema, err := e.value(modulePath + "/schema")
	if err != nil {
		return err
	}
	decls, err := extract(readingService, name)
	if err != nil {
		return discreet(err, name)
	}
	given := e.ctx.BuildFile(&ast.File{Filename: name, Decls: withoutSchema(decls)})
	if err := given.Err(); err != nil {
		return discreet(problems(readingService, err, e.module.root), name)
	}
	m := &misfits{form: schema.LookupPath(cue.ParsePath("#Service")), given: given, root: e.module.root, name: name, seen: map[string]bool{}}
	m.fields(m.form, given, nil)
	v := m.form.Unify(given)
	if err := v.Validate(cue.Concrete(true), cue.Final()); err != nil {
		m.values(err)
	}
	e.tied(m)
	if len(m.problems) > 0 {
		slices.SortStableFunc(m.problems, func(a, b source.Problem) int {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		})
		return &source.Error{Doing: readingService, Problems: m.problems}
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return problems(readingService, err, e.module.root)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return source.Wrong(readingService, fmt.Sprintf("%s: %v", name, err), "")
	}
	return nil
}

// tied finds clusters that are tied to a preset that there is not.
func (e *Engine) tied(m *misfits) {
	clusters, err := m.given.LookupPath(cue.ParsePath("clusters")).Fields()
	for err == nil && clusters.Next() {
		at := []string{"clusters", clusters.Selector().Unquoted(), "sources", "stated", "preset_name"}
		preset, ok := below(m.given, at)
		name, err := preset.String()
		if !ok || err != nil {
			continue
		}
		var in *source.Error
		if _, err := e.lookup("presets", name); errors.As(err, &in) {
			m.add(at, source.Pos{}, strings.Join(at, ".")+": "+in.Problems[0].Message, in.Problems[0].Hint)
		}
	}
}

// discreet keeps to itself what is quoted of a file where that may be a URL with a
// password in it.
func discreet(err error, name string) error {
	var in *source.Error
	if !errors.As(err, &in) {
		return err
	}
	for i, p := range in.Problems {
		if !strings.Contains(strings.ReplaceAll(p.Message, name, ""), "@") {
			continue
		}
		in.Problems[i].Message = "this cannot be read"
		if p.Pos.IsZero() {
			in.Problems[i].Pos.File = name
		}
	}
	return in
}

// withoutSchema drops the field that names a JSON Schema, for editors.
func withoutSchema(decls []ast.Decl) []ast.Decl {
	var kept []ast.Decl
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			if lit, ok := d.Expr.(*ast.StructLit); ok {
				lit.Elts = withoutSchema(lit.Elts)
			}
		case *ast.Field:
			if label, _, err := ast.LabelName(d.Label); err == nil && label == schemaField {
				continue
			}
		}
		kept = append(kept, d)
	}
	return kept
}

// ServiceForm is the JSON Schema of the service's configuration.
func (e *Engine) ServiceForm(string) (Form, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.core(); err != nil {
		return nil, err
	}
	v, err := e.value(modulePath + "/schema")
	if err != nil {
		return nil, err
	}
	form, err := e.generated(v.LookupPath(cue.ParsePath("#Service")))
	if err != nil {
		return nil, problems("write the schema", err, e.module.root)
	}
	if fields, ok := form["properties"].(map[string]any); ok {
		fields[schemaField] = Form{"type": "string"}
	}
	return form, nil
}
