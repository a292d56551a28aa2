package compile

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// An Observation is a parameter that a setting which runs gives.
type Observation struct {
	Setting   int    `json:"setting"` // its number among those asked about
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
}

// A Reader of an environment variable.
type Reader struct {
	Parameter   string   `json:"parameter"`   // "" where it is of the site
	Generations []string `json:"generations"` // of the plugin, or of the server template with it
	Section     string   `json:"section"`     // of the plugin's configuration; "" is the server's
}

// Surveyed is what the schema knows of what runs.
type Surveyed struct {
	Readers map[string]Reader // by variable
	Worker  []string          // parameters that SDK workers read
	Commit  []string          // variables that carry the commit of a build
}

// Surveyed reads it from the module.
func (e *Engine) Surveyed() (*Surveyed, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := &Surveyed{}
	var err error
	if out.Readers, err = table[map[string]Reader](e, "variableReaders"); err != nil {
		return nil, err
	}
	if out.Worker, err = table[[]string](e, "workerParameters"); err != nil {
		return nil, err
	}
	out.Commit, err = table[[]string](e, "commitVariables")
	return out, err
}

// Observe tells which parameters settings give, in the order of the settings,
// and how the servers spell the key of each.
func (e *Engine) Observe(ctx context.Context, settings []Running, server, plugin string) ([]Observation, []string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known, err := table[Versions](e, "versions")
	if err != nil {
		return nil, nil, err
	}
	if err := known.support(server, plugin); err != nil {
		return nil, nil, err
	}
	services := map[string]bool{}
	for _, s := range settings {
		services[s.Service] = true
	}
	var all []Observation
	keys := make([]string, len(settings))
	for _, p := range portions(settings) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		var asked []Running
		for _, at := range p.checked {
			asked = append(asked, settings[at[0]])
		}
		var said struct {
			Observed []Observation
			Keys     []string
		}
		if err := e.observe(asked, slices.Sorted(maps.Keys(services)), server, plugin, &said.Observed, &said.Keys); err != nil {
			return nil, nil, err
		}
		for _, o := range said.Observed {
			for _, i := range p.checked[o.Setting] {
				o.Setting = i
				all = append(all, o)
			}
		}
		for i, key := range said.Keys {
			for _, at := range p.checked[i] {
				keys[at] = key
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Observation) int { return cmp.Compare(a.Setting, b.Setting) })
	return all, keys, nil
}

func (e *Engine) observe(asked []Running, services []string, server, plugin string, observed *[]Observation, keys *[]string) error {
	in := &ast.StructLit{}
	for _, x := range []struct {
		name  string
		value any
	}{{"settings", wholly(asked)}, {"services", services}, {"temporal_version", server}, {"plugin_version", plugin}} {
		expr, err := syntaxOf(x.value)
		if err != nil {
			return err
		}
		in.Elts = append(in.Elts, &ast.Field{Label: ast.NewIdent(x.name), Value: expr})
	}
	v, err := e.ask(func(s *statement) {
		s.set("said", ast.NewBinExpr(token.AND, ast.NewSel(s.use(modulePath+"/schema"), "#Observed"), in))
	})
	if err != nil {
		return err
	}
	for path, into := range map[string]any{"said.observed": observed, "said.keys": keys} {
		if err := v.LookupPath(cue.ParsePath(path)).Decode(into); err != nil {
			return problems("tell what settings give", err, e.module.root)
		}
	}
	return nil
}
