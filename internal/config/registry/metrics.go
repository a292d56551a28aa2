package registry

import (
	"maps"
	"slices"
)

// A Metric is an entry of the telemetry catalogue.
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
	Per      string            `json:"per,omitempty"` // label by which it is spread
	Query    map[string]string `json:"query"`         // PromQL by dialect
	Labels   map[string]string `json:"labels"`        // by which it can be narrowed
	// by dialect, characters of a label's value that the exporter writes as _
	Rewrites map[string]string `json:"rewrites"`
}

// A Floor is the smallest difference of a metric that matters.
type Floor struct {
	Relative float64 `json:"relative"`
	Absolute float64 `json:"absolute"`
}

// Metrics lists the telemetry catalogue, by category and name.
func (r *Registry) Metrics() ([]Metric, error) {
	all, err := readTable[map[string]map[string]Metric](r, "telemetry")
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

// CollectedMetrics lists what a behaviour profile collects in a window: the metrics, and the
// number of processes that started.
func (r *Registry) CollectedMetrics() ([]Metric, error) {
	all, err := r.Metrics()
	if err != nil {
		return nil, err
	}
	starts, err := readTable[Metric](r, processStarts)
	starts.Name = processStarts
	return append(all, starts), err
}

// processStarts is the field of the schema and, in a profile, of its collection.
const processStarts = "process_starts"

// Thresholds are those for comparing two windows.
type Thresholds struct {
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

// Thresholds returns the thresholds of the schema.
func (r *Registry) Thresholds() (Thresholds, error) { return readTable[Thresholds](r, "judgement") }

// Components returns the versions in a behaviour profile, by field, with the metrics that
// another version is known to change.
func (r *Registry) Components() (map[string][]string, error) {
	all, err := readTable[map[string]struct{ ActsOn []string }](r, "components")
	acts := map[string][]string{}
	for name, c := range all {
		acts[name] = c.ActsOn
	}
	return acts, err
}

// Dialects lists the spellings of a server's metrics, sorted.
func (r *Registry) Dialects() ([]string, error) {
	all, err := readTable[map[string]any](r, "dialects")
	return slices.Sorted(maps.Keys(all)), err
}
