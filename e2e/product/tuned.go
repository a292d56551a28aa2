package product

import (
	"fmt"
	"path/filepath"
)

// tunings are overrides for the modes of a worker that no preset chooses.
var tunings = [][]string{
	{"sdk.poller_mode=fixed"},
	{"sdk.slot_supplier=resource-based", "sdk.deployment_name=payments", "sdk.virtual_threads=true"},
	{"sdk.deployment_name=payments", "sdk.build_id=v7", "sdk.versioning_behavior=pinned"},
}

// CompileTuned compiles a preset once for each of the modes that a worker can be tuned in
// and that no preset chooses.
func CompileTuned(dir string) ([]Artefacts, error) {
	c, err := NewCompiler(dir)
	if err != nil {
		return nil, err
	}
	var all []Artefacts
	for i, overrides := range tunings {
		a, err := c.Compile(Variant{Preset: "mid-scale"}, "", filepath.Join(dir, fmt.Sprintf("tuned-%d", i)), overrides...)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
