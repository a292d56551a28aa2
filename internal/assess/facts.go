package assess

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/compile"
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

func boundOf(b *compile.Bound) *Bound {
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

// observe reduces the telemetry of a profile to statistics, by name.
func (a *Assessor) observe(t behaviour.Telemetry) map[string][]Observation {
	all := map[string][]Observation{}
	for _, category := range slices.Sorted(maps.Keys(t)) {
		for _, name := range slices.Sorted(maps.Keys(t[category])) {
			s := t[category][name]
			metric := category + "." + name
			of := a.spread(metric)
			all[of] = append(all[of], Observation{
				Metric: metric, Status: s.Status, Reason: s.Reason,
				Samples: s.Samples, Expected: s.Expected, Statistics: a.statistics(s),
			})
		}
	}
	return all
}

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

// statistics of a summary: those that it carries, and quantiles of its series.
func (a *Assessor) statistics(s behaviour.Summary) map[string]float64 {
	of := map[string]float64{}
	for name, value := range map[string]*float64{"min": s.Min, "max": s.Max, "mean": s.Mean, "p50": s.P50, "p95": s.P95, "p99": s.P99} {
		if value != nil {
			of[name] = *value
		}
	}
	if len(s.Series) == 0 {
		return of
	}
	sorted := make([]float64, len(s.Series))
	for i, p := range s.Series {
		sorted[i] = p.Value
	}
	slices.Sort(sorted)
	for name, quantile := range a.quantiles {
		of[name] = behaviour.Quantile(sorted, quantile)
	}
	return of
}

// observed are observations as policies read them: converted as JSON would be, at a
// fraction of the cost.
func observed(all map[string][]Observation) map[string]any {
	out := make(map[string]any, len(all))
	for of, some := range all {
		list := make([]any, len(some))
		for i, o := range some {
			statistics := make(map[string]any, len(o.Statistics))
			for name, value := range o.Statistics {
				statistics[name] = number(value)
			}
			list[i] = map[string]any{
				"metric": o.Metric, "of": o.Of, "status": o.Status, "reason": o.Reason,
				"samples": o.Samples, "expected": o.Expected, "statistics": statistics,
			}
		}
		out[of] = list
	}
	return out
}

// number is a float as encoding/json writes it.
func number(x float64) json.Number {
	form := byte('f')
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return json.Number(strconv.FormatFloat(x, form, -1, 64))
}

func orNull(x *float64) any {
	if x == nil {
		return nil
	}
	return number(*x)
}
