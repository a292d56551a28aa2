package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const readingService = "read the service's configuration"

// ReadServiceConfig reads a file of #Service, as CUE, YAML or JSON, and decodes it like
// encoding/json. Errors have their place in the file, and the comment of the field.
func (r *Registry) ReadServiceConfig(name string, into any) error {
	_, err := cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) (struct{}, error) {
		return struct{}{}, readService(e, name, into)
	})
	return err
}

func readService(e *cuemod.Evaluator, name string, into any) error {
	if err := e.LoadCore(); err != nil {
		return err
	}
	schema, err := e.PackageValue(cuemod.SchemaPath)
	if err != nil {
		return err
	}
	decls, err := cuefile.ReadValues(readingService, name)
	if err != nil {
		return hideSecrets(err, name)
	}
	given := e.BuildFile(&ast.File{Filename: name, Decls: withoutSchema(decls)})
	if err := given.Err(); err != nil {
		return hideSecrets(e.UserError(readingService, err), name)
	}
	m := e.NewSchemaErrors(schema.LookupPath(cue.ParsePath("#Service")), given, name)
	v := m.CheckValue()
	checkPresets(e, m, given)
	if len(m.Problems) > 0 {
		slices.SortStableFunc(m.Problems, func(a, b source.Problem) int {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		})
		return &source.Error{Doing: readingService, Problems: m.Problems}
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return e.UserError(readingService, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return source.Wrong(readingService, fmt.Sprintf("%s: %v", name, err), "")
	}
	return nil
}

// checkPresets finds clusters that name an unknown preset.
func checkPresets(e *cuemod.Evaluator, m *cuemod.SchemaErrors, given cue.Value) {
	clusters, err := given.LookupPath(cue.ParsePath("clusters")).Fields()
	for err == nil && clusters.Next() {
		at := []string{"clusters", clusters.Selector().Unquoted(), "sources", "stated", "preset_name"}
		preset, ok := cuemod.LookupField(given, at)
		name, err := preset.String()
		if !ok || err != nil {
			continue
		}
		var in *source.Error
		if _, err := e.FindPackage("presets", name); errors.As(err, &in) {
			m.AddProblem(at, source.Pos{}, strings.Join(at, ".")+": "+in.Problems[0].Message, in.Problems[0].Remedy)
		}
	}
}

// hideSecrets removes quotes of a file from an error if they can be a URL with a password.
func hideSecrets(err error, name string) error {
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

// withoutSchema drops the field that names a JSON Schema, which is for editors.
func withoutSchema(decls []ast.Decl) []ast.Decl {
	var kept []ast.Decl
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			if lit, ok := d.Expr.(*ast.StructLit); ok {
				lit.Elts = withoutSchema(lit.Elts)
			}
		case *ast.Field:
			if label, _, err := ast.LabelName(d.Label); err == nil && label == cuefile.SchemaField {
				continue
			}
		}
		kept = append(kept, d)
	}
	return kept
}

// ServiceSchema returns the JSON Schema of the service's configuration.
func (r *Registry) ServiceSchema(string) (JSONSchema, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) (JSONSchema, error) {
		if err := e.LoadCore(); err != nil {
			return nil, err
		}
		v, err := e.PackageValue(cuemod.SchemaPath)
		if err != nil {
			return nil, err
		}
		schema, err := generateSchema(e, v.LookupPath(cue.ParsePath("#Service")))
		if err != nil {
			return nil, e.UserError("write the schema", err)
		}
		if fields, ok := schema["properties"].(map[string]any); ok {
			fields[cuefile.SchemaField] = JSONSchema{"type": "string"}
		}
		return schema, nil
	})
}
