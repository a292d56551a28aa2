package verdicts

import (
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Facts are what policies of conformance judge: what is promised, and what was
// observed of it.
type Facts struct {
	ProfileID  string `json:"profile_id"`
	ClusterID  string `json:"cluster_id"`
	Namespace  string `json:"namespace,omitempty"`
	PresetName string `json:"preset_name"`
	Modifier   string `json:"modifier"`
	// the share of its samples that a metric needs for a verdict
	MinCoverage float64   `json:"min_coverage"`
	Promises    []Promise `json:"promises"`
	// by metric of the catalogue: one, or one of each service
	Observed map[string][]Observation `json:"observed"`
	// promised metrics that the caller does not hold the cluster to
	Except []string `json:"except"`
}

// A Promise is what a cluster keeps to of one metric, on either side or on both.
type Promise struct {
	Metric string `json:"metric"`
	Unit   string `json:"unit"`
	Lower  *Bound `json:"lower,omitempty"`
	Upper  *Bound `json:"upper,omitempty"`
}

// A Bound is what a statistic of the window keeps to.
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

// An Observation is one metric over the window, by statistics of its samples.
type Observation struct {
	Metric string `json:"metric"`
	// the metric of the catalogue: the same but for one that is spread over services
	Of         string             `json:"of"`
	Status     string             `json:"status"`
	Reason     string             `json:"reason"`
	Samples    int                `json:"samples"`
	Expected   int                `json:"expected"`
	Statistics map[string]float64 `json:"statistics"`
}

// observe reduces the telemetry of a profile to those statistics, by name, that are
// asked for of a metric of the catalogue; where that is nil, nothing is told of it.
func (a *Assessor) observe(t behaviour.Telemetry, asked func(metric string) []string) map[string][]Observation {
	all := map[string][]Observation{}
	for _, category := range slices.Sorted(maps.Keys(t)) {
		for _, name := range slices.Sorted(maps.Keys(t[category])) {
			metric := category + "." + name
			of := a.spread(metric)
			names := asked(of)
			if names == nil {
				continue
			}
			s := t[category][name]
			all[of] = append(all[of], Observation{
				Metric: metric, Status: s.Status, Reason: s.Reason,
				Samples: s.Samples, Expected: s.Expected, Statistics: a.statistics(s, names),
			})
		}
	}
	return all
}

// every statistic that there is, of every metric.
func (a *Assessor) every(string) []string { return a.names }

// spread is the metric of the catalogue that an observed one is, or is a part of.
func (a *Assessor) spread(metric string) string {
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

// statistics of a summary: those that it carries, and quantiles of its series. What
// it does not tell is left out.
func (a *Assessor) statistics(s behaviour.Summary, names []string) map[string]float64 {
	of := map[string]float64{}
	var sorted []float64
	for _, name := range names {
		quantile, taken := a.quantiles[name]
		if !taken {
			if value := carried(s, name); value != nil {
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

// carried is a statistic that a summary has.
func carried(s behaviour.Summary, name string) *float64 {
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
