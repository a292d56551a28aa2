package verdicts

import (
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Facts are the input of the conformance policies: promises and observations.
type Facts struct {
	ProfileID  string `json:"profile_id"`
	ClusterID  string `json:"cluster_id"`
	Namespace  string `json:"namespace,omitempty"`
	PresetName string `json:"preset_name"`
	Modifier   string `json:"modifier"`
	// share of its samples that a metric needs for a verdict
	MinCoverage float64   `json:"min_coverage"`
	Promises    []Promise `json:"promises"`
	// observations by metric of the catalogue, one for each service if split by service
	Observed map[string][]Observation `json:"observed"`
	// promised metrics that the caller excluded
	Except []string `json:"except"`
}

// Promise bounds one metric from either side or both.
type Promise struct {
	Metric string `json:"metric"`
	Unit   string `json:"unit"`
	// exporter of the metric: server, plugin, worker or container
	Exporter string `json:"exporter"`
	Lower    *Bound `json:"lower,omitempty"`
	Upper    *Bound `json:"upper,omitempty"`
}

// Bound limits a statistic over the window.
type Bound struct {
	Statistic string  `json:"statistic"`
	Value     float64 `json:"value"`
}

func boundOf(b *registry.Bound) *Bound {
	if b == nil {
		return nil
	}
	return &Bound{b.Statistic, b.Value}
}

// Observation is one metric over the window, by statistics of its samples.
type Observation struct {
	Metric string `json:"metric"`
	// CatalogueMetric differs from Metric if the metric is split by service.
	CatalogueMetric string             `json:"catalogue_metric"`
	Status          string             `json:"status"`
	Reason          string             `json:"reason"`
	Samples         int                `json:"samples"`
	Expected        int                `json:"expected"`
	Statistics      map[string]float64 `json:"statistics"`
}

// observeTelemetry reduces a profile's telemetry to the requested statistics of each catalogue metric; nil skips the
// metric.
func (a *Assessor) observeTelemetry(t behaviour.Telemetry, asked func(metric string) []string) map[string][]Observation {
	all := map[string][]Observation{}
	for _, category := range slices.Sorted(maps.Keys(t)) {
		for _, name := range slices.Sorted(maps.Keys(t[category])) {
			metric := category + "." + name
			of := a.catalogueMetric(metric)
			names := asked(of)
			if names == nil {
				continue
			}
			s := t[category][name]
			all[of] = append(all[of], Observation{
				Metric: metric, Status: s.Status, Reason: s.Reason,
				Samples: s.Samples, Expected: s.Expected, Statistics: a.computeStatistics(s, names),
			})
		}
	}
	return all
}

// allStatistics requests every statistic of every metric.
func (a *Assessor) allStatistics(string) []string { return a.names }

// catalogueMetric returns the catalogue metric that an observed metric is, or is a part of.
func (a *Assessor) catalogueMetric(metric string) string {
	if _, known := a.metrics[metric]; known {
		return metric
	}
	if at := strings.LastIndexByte(metric, '.'); at > 0 {
		if m, known := a.metrics[metric[:at]]; known && m.Per != "" {
			return metric[:at]
		}
	}
	return metric
}

// computeStatistics returns a summary's statistics: stored ones and quantiles of its series. Unknown ones are
// omitted.
func (a *Assessor) computeStatistics(s behaviour.Summary, names []string) map[string]float64 {
	of := map[string]float64{}
	var sorted []float64
	for _, name := range names {
		quantile, taken := a.quantiles[name]
		if !taken {
			if value := summaryStatistic(s, name); value != nil {
				of[name] = *value
			}
			continue
		}
		if len(s.Series) == 0 {
			continue
		}
		if sorted == nil {
			sorted = make([]float64, len(s.Series))
			for i, p := range s.Series {
				sorted[i] = p.Value
			}
			slices.Sort(sorted)
		}
		of[name] = behaviour.Quantile(sorted, quantile)
	}
	return of
}

// summaryStatistic returns a statistic stored in a summary, or nil.
func summaryStatistic(s behaviour.Summary, name string) *float64 {
	switch name {
	case "min":
		return s.Min
	case "max":
		return s.Max
	case "mean":
		return s.Mean
	case "p50":
		return s.P50
	case "p95":
		return s.P95
	case "p99":
		return s.P99
	}
	return nil
}
