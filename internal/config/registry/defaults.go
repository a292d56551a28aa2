package registry

// Defaults are the preset and the versions of a deployment that names none.
type Defaults struct {
	Preset   string `json:"preset"`
	Temporal string `json:"temporal_version"`
	Plugin   string `json:"plugin_version"`
}

// Defaults returns the defaults of the module.
func (r *Registry) Defaults() (Defaults, error) { return readTable[Defaults](r, "assumed") }
