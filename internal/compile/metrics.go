package compile

import (
	"maps"
	"slices"
)

// A Metric of the telemetry catalogue.
type Metric struct {
	Name     string            `json:"name"` // CATEGORY.METRIC
	Doc      string            `json:"doc"`
	Unit     string            `json:"unit"`
	Kind     string            `json:"kind"`
	Polarity string            `json:"polarity"`
	Floor    Floor             `json:"floor"`
	Critical bool              `json:"critical"`
	Source   string            `json:"source"`
	Per      string            `json:"per,omitempty"` // label that spreads it
	Query    map[string]string `json:"query"`         // PromQL by dialect
	Labels   map[string]string `json:"labels"`        // what it can be narrowed by
	// by dialect, characters of a label's value that the exporter writes as _
	Rewrites map[string]string `json:"rewrites"`
}

// A Floor is the smallest difference of a metric that matters.
type Floor struct {
	Relative float64 `json:"relative"`
	Absolute float64 `json:"absolute"`
}

// Metrics lists the telemetry catalogue, by category and name.
func (e *Engine) Metrics() ([]Metric, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all, err := table[map[string]map[string]Metric](e, "telemetry")
	if err != nil {
		return nil, err
	}
	var listed []Metric
	for _, category := range slices.Sorted(maps.Keys(all)) {
		for _, name := range slices.Sorted(maps.Keys(all[category])) {
			m := all[category][name]
			m.Name = category + "." + name
			listed = append(listed, m)
		}
	}
	return listed, nil
}
