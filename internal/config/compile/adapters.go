package compile

import (
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// ChooseAdapters returns the adapters of one kind by name, for a caller that holds the
// module's lock. Nil takes all. A name without a CUE package can be an executable on PATH.
func (e *Engine) ChooseAdapters(
	evaluator *cuemod.Evaluator, kind string, names []string,
) ([]registry.Adapter, []artefact.Executable, error) {
	return compiler{evaluator, e.Registry}.chooseAdapters(kind, names)
}

func (c compiler) chooseAdapters(kind string, names []string) ([]registry.Adapter, []artefact.Executable, error) {
	if names != nil && len(names) == 0 {
		return nil, nil, nil
	}
	all, err := c.registry.ReadAdapters(c.Evaluator)
	if err != nil {
		return nil, nil, err
	}
	var external []artefact.Executable
	byName := map[string]registry.Adapter{}
	var chosen []registry.Adapter
	var known []registry.Adapter
	for _, a := range all {
		if a.Kind == kind {
			byName[a.Name] = a
			known = append(known, a)
			if names == nil {
				chosen = append(chosen, a)
			}
		}
	}
	for _, name := range names {
		if a, ok := byName[name]; ok {
			chosen = append(chosen, a)
			continue
		}
		x, ok := artefact.FindExecutable(kind, name)
		if !ok {
			return nil, nil, registry.UnknownAdapter(kind+" adapter", name, known)
		}
		external = append(external, x)
	}
	return chosen, external, nil
}
