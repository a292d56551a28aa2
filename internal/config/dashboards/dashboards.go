// Package dashboards computes Grafana dashboards, alert rules and the files that provision
// them.
package dashboards

import (
	encoding "encoding/json"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const grafanaPath = cuefile.ModulePath + "/grafana"

// A Request asks for dashboards, alert rules and the files that provision them.
type Request struct {
	Deployments []compile.Request // presets and deployments; nil means every preset
	Dialects    []string          // spellings of the server's exporter; nil means all
	Service     string            // where a browser reaches the profile service
	Cluster     string            // value of the label cluster that the rules are for
}

// RenderFiles computes the files of a request: content by path.
func RenderFiles(engine *compile.Engine, r Request) (map[string]string, error) {
	if len(r.Deployments) == 0 {
		all, err := engine.Presets()
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			r.Deployments = append(r.Deployments, compile.Request{Preset: p.Name})
		}
	}
	return cuemod.WithEvaluator(engine.Module, func(e *cuemod.Evaluator) (map[string]string, error) {
		return renderFiles(engine, e, r)
	})
}

func renderFiles(engine *compile.Engine, e *cuemod.Evaluator, r Request) (map[string]string, error) {
	const doing = "compute dashboards"
	if !e.HasBaseFolder("grafana") {
		return nil, source.Wrong(
			doing,
			"the temporal-dsql that this repository vendors has none",
			"temporal-dsql init --upgrade brings a newer one",
		)
	}
	if err := e.LoadCore(); err != nil {
		return nil, err
	}
	if err := e.LoadPackages(grafanaPath); err != nil {
		return nil, err
	}
	s := e.NewStatement()
	deployments := &ast.StructLit{}
	for _, d := range r.Deployments {
		field, err := promisesField(engine, e, d)
		if err != nil {
			return nil, err
		}
		deployments.Elts = append(deployments.Elts, field)
	}
	fields := []any{"of", deployments}
	if len(r.Dialects) > 0 {
		list := &ast.ListLit{}
		for _, d := range r.Dialects {
			list.Elts = append(list.Elts, ast.NewString(d))
		}
		fields = append(fields, "dialects", list)
	}
	if r.Service != "" {
		fields = append(fields, "service", ast.NewString(r.Service))
	}
	if r.Cluster != "" {
		fields = append(fields, "cluster", ast.NewString(r.Cluster))
	}
	views := ast.NewBinExpr(token.AND, ast.NewSel(s.UsePackage(grafanaPath), "#Views"), ast.NewStruct(fields...))
	s.SetField("files", &ast.SelectorExpr{X: &ast.ParenExpr{X: views}, Sel: ast.NewIdent("files")})
	v, err := s.Build()
	if err != nil {
		return nil, err
	}
	var files map[string]string
	if err := v.LookupPath(cue.ParsePath("files")).Decode(&files); err != nil {
		return nil, e.UserError(doing, err)
	}
	return files, nil
}

// bounds are the promises of a metric, with numbers as CUE writes them.
type bounds struct {
	Lower *bound `json:"lower,omitempty"`
	Upper *bound `json:"upper,omitempty"`
}

type bound struct {
	Value encoding.Number `json:"value"`
}

// promisesField returns a preset or a deployment with its promises, as a field of #Views.
// Promises are plain data in it: CUE would resolve a reference again at each use.
func promisesField(engine *compile.Engine, e *cuemod.Evaluator, r compile.Request) (*ast.Field, error) {
	name, data, err := engine.EncodePromises(e, r)
	if err != nil {
		return nil, err
	}
	var all map[string]bounds
	if err := encoding.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if data, err = encoding.Marshal(all); err != nil {
		return nil, err
	}
	promises, err := json.Extract("promises", data)
	if err != nil {
		return nil, e.UserError("read what is promised", err)
	}
	kind := "preset"
	if r.Path != "" {
		kind = "deployment"
	}
	return &ast.Field{Label: ast.NewString(name), Value: ast.NewStruct(
		"name", ast.NewString(name), "kind", ast.NewString(kind), "promises", promises,
	)}, nil
}
