package compare

import "strings"

// Candidate is a change between two profiles, with the regressed metrics that it can act on.
type Candidate struct {
	Kind     string   `json:"kind"` // load, config, topology or version
	Key      string   `json:"key"`
	OldValue any      `json:"old_value"`
	NewValue any      `json:"new_value"`
	Metrics  []string `json:"metrics"`
	Sentence string   `json:"sentence"`
	// server defaults that differ between two versions and can act on the metrics
	Defaults []ChangedDefault `json:"changed_defaults,omitempty"`
}

// ChangedDefault is a key whose default differs between two servers, and that neither profile sets.
type ChangedDefault struct {
	Key      string   `json:"key"`
	OldValue any      `json:"old_value"`
	NewValue any      `json:"new_value"`
	Metrics  []string `json:"metrics"`
}

// IsSet reports whether one of the two profiles sets a dynamic-config key.
func (c Comparison) IsSet(key string) bool { return c.set[strings.ToLower(key)] }
