package registry

import (
	"maps"
	"slices"
)

// Defaults are the preset and the versions of a deployment that names none.
type Defaults struct {
	Preset   string `json:"preset"`
	Temporal string `json:"temporal_version"`
	Plugin   string `json:"plugin_version"`
}

// Defaults returns the defaults of the module.
func (r *Registry) Defaults() (Defaults, error) { return readTable[Defaults](r, "assumed") }

// Variables lists the environment variables that the server's template and the plugin
// read.
func (r *Registry) Variables() ([]string, error) {
	readers, err := readTable[map[string]any](r, "readers")
	return slices.Sorted(maps.Keys(readers)), err
}
