package registry

import "slices"

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
	names, err := readTable[[]string](r, "variableNames")
	slices.Sort(names)
	return names, err
}
