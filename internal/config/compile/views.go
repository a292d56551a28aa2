package compile

import (
	encoding "encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Views asks for dashboards, alert rules and the files that provision them.
type Views struct {
	// Of are the presets and deployments that they are for; every preset where
	// there are none.
	Of       []Request
	Dialects []string // spellings of the server's exporter; all where there are none
	Service  string   // where a browser reaches the profile service
	Cluster  string   // value of the label cluster that the rules are for
}

// Dialects are the spellings of the metrics of a server, sorted.
func (e *Engine) Dialects() ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all, err := table[map[string]any](e, "dialects")
	return slices.Sorted(maps.Keys(all)), err
}

// Views computes them: content by path.
func (e *Engine) Views(v Views) (map[string]string, error) {
	const doing = "compute dashboards"
	if len(v.Of) == 0 {
		all, err := e.Presets()
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			v.Of = append(v.Of, Request{Preset: p.Name})
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !hasCUE(e.module.base, "grafana") {
		return nil, source.Wrong(doing, "the temporal-dsql that this repository vendors has none", "temporal-dsql init --upgrade brings a newer one")
	}
	if err := e.core(); err != nil {
		return nil, err
	}
	if err := e.add(modulePath + "/grafana"); err != nil {
		return nil, err
	}
	s := e.state()
	of := &ast.StructLit{}
	for _, r := range v.Of {
		view, err := e.view(r)
		if err != nil {
			return nil, err
		}
		of.Elts = append(of.Elts, view)
	}
	asked := []any{"of", of}
	if len(v.Dialects) > 0 {
		list := &ast.ListLit{}
		for _, d := range v.Dialects {
			list.Elts = append(list.Elts, ast.NewString(d))
		}
		asked = append(asked, "dialects", list)
	}
	if v.Service != "" {
		asked = append(asked, "service", ast.NewString(v.Service))
	}
	if v.Cluster != "" {
		asked = append(asked, "cluster", ast.NewString(v.Cluster))
	}
	views := ast.NewBinExpr(token.AND, ast.NewSel(s.use(modulePath+"/grafana"), "#Views"), ast.NewStruct(asked...))
	s.set("files", &ast.SelectorExpr{X: &ast.ParenExpr{X: views}, Sel: ast.NewIdent("files")})
	found, err := s.build()
	if err != nil {
		return nil, err
	}
	var files map[string]string
	if err := found.value.LookupPath(cue.ParsePath("files")).Decode(&files); err != nil {
		return nil, problems(doing, err, e.module.root)
	}
	return files, nil
}

// sides of what is promised of a metric, with numbers as CUE spells them.
type sides struct {
	Lower *side `json:"lower,omitempty"`
	Upper *side `json:"upper,omitempty"`
}

type side struct {
	Value encoding.Number `json:"value"`
}

// view is a preset or a deployment with what it promises, as a field of #Views.
// What is promised is plain data there, as CUE writes it: a reference would be
// resolved anew at each look.
func (e *Engine) view(r Request) (*ast.Field, error) {
	const doing = "read what is promised"
	d, err := e.deployment(r, traced)
	if err != nil {
		return nil, err
	}
	var name string
	if err := d.decode("name", &name); err != nil {
		return nil, problems(doing, err, e.module.root)
	}
	data, err := d.field("promises").MarshalJSON()
	if err != nil {
		return nil, problems(doing, err, e.module.root)
	}
	var all map[string]sides
	if err := encoding.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if data, err = encoding.Marshal(all); err != nil {
		return nil, err
	}
	promises, err := json.Extract("promises", data)
	if err != nil {
		return nil, problems(doing, err, e.module.root)
	}
	kind := "preset"
	if r.Path != "" {
		kind = "deployment"
	}
	return &ast.Field{Label: ast.NewString(name), Value: ast.NewStruct(
		"name", ast.NewString(name), "kind", ast.NewString(kind), "promises", promises,
	)}, nil
}

// WriteFiles puts files into dir: all of them or none.
func WriteFiles(dir string, files map[string]string) error {
	if _, err := layoutOf(files); err != nil {
		return err
	}
	names := keysOf(files)
	for _, name := range names {
		if err := obstacle(dir, name); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	made, err := makeDir(dir)
	if err != nil {
		return fmt.Errorf("make output folder %s: %w", dir, err)
	}
	if err := replace(dir, names, files, os.Rename); err != nil {
		undo(made)
		return err
	}
	return nil
}

// CheckFiles holds a folder against files that belong into it. What else is in
// the folder is not looked at.
func CheckFiles(dir string, files map[string]string) ([]Deviation, error) {
	var found []Deviation
	for _, name := range keysOf(files) {
		is, err := content(dir, name)
		d := Deviation{Path: name, Is: is, Would: files[name], State: Stale}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			d.State = Missing
		case err != nil:
			return nil, unreadable("check output folder", err, "")
		case is == d.Would:
			continue
		}
		found = append(found, d)
	}
	return found, nil
}
