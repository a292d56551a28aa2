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
	Load     string            `json:"load"` // free, scales or is
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

// Collected is all that is collected of a window: the metrics, and beside them how
// many processes started in it.
func (e *Engine) Collected() ([]Metric, error) {
	all, err := e.Metrics()
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	starts, err := table[Metric](e, processStarts)
	starts.Name = processStarts
	return append(all, starts), err
}

// processStarts is the field of the schema and, in a profile, of its collection.
const processStarts = "process_starts"

// A Judgement is what a comparison of two windows rests on.
type Judgement struct {
	MinCoverage  float64 `json:"min_coverage"`
	MinSamples   int     `json:"min_samples"`
	Alpha        float64 `json:"alpha"`
	CLES         float64 `json:"cles"`
	MinEarlier   int     `json:"min_earlier"`
	NullQuantile float64 `json:"null_quantile"`
	NullMargin   float64 `json:"null_margin"`
	Agreement    float64 `json:"agreement"`
	UsualWeight  float64 `json:"usual_weight"`
	MinEvents    float64 `json:"min_events"`
	Sparse       float64 `json:"sparse_events"`
	MaxLoadRatio float64 `json:"max_load_ratio"`
	SpreadRatio  float64 `json:"spread_ratio"`
	Resamples    int     `json:"resamples"`
	Seed         uint64  `json:"seed"`
}

// Judgement of windows, as the schema has it.
func (e *Engine) Judgement() (Judgement, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return table[Judgement](e, "judgement")
}

// Components are the versions that a profile keeps, by its field, with the
// metrics that another version is known to act on.
func (e *Engine) Components() (map[string][]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all, err := table[map[string]struct{ ActsOn []string }](e, "components")
	acts := map[string][]string{}
	for name, c := range all {
		acts[name] = c.ActsOn
	}
	return acts, err
}
