package registry

import (
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// Metric is a metric of the telemetry catalogue.
type Metric = catalogue.Metric

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

// Thresholds returns the thresholds of the schema.
func (r *Registry) Thresholds() (catalogue.Thresholds, error) {
	return readTable[catalogue.Thresholds](r, "judgement")
}

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
