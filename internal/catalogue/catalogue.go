// Package catalogue defines the plain schema types that both internal/config and internal/profile use.
package catalogue

import (
	"fmt"
	"strings"
)

// Floor is the smallest difference that matters, relative to the old value and in the metric's
// unit. Both must be reached.
type Floor struct {
	Relative float64 `json:"relative"`
	Absolute float64 `json:"absolute"`
}

// Metric is a metric of the telemetry catalogue.
type Metric struct {
	Name     string `json:"name"` // CATEGORY.METRIC
	Doc      string `json:"doc"`
	Unit     string `json:"unit"`
	Kind     string `json:"kind"`
	Polarity string `json:"polarity"`
	Floor    Floor  `json:"floor"`
	Critical bool   `json:"critical"`
	Load     string `json:"load"` // relation to the load: free, scales or is
	// rank among the metrics that can measure the load; 0 means that it cannot
	MeasuresLoad int `json:"measures_load,omitempty"`
	// whether another load can change it
	MovedByLoad bool              `json:"moved_by_load"`
	Source      string            `json:"source"`
	Per         string            `json:"per,omitempty"` // label that splits it, or ""
	Query       map[string]string `json:"query"`         // PromQL by dialect, with {selector}, and {window} or {range}
	Labels      map[string]string `json:"labels"`        // label that narrows it, by filter
	// by dialect, characters of a label's value that the exporter writes as _
	Rewrites map[string]string `json:"rewrites"`
	// how CloudWatch has it; nil means not at all
	CloudWatch *CloudWatchQuery `json:"cloudwatch,omitempty"`
}

// CloudWatchQuery reads a metric from Amazon CloudWatch.
type CloudWatchQuery struct {
	Namespace string  `json:"namespace"`
	Metric    string  `json:"metric"`
	Statistic string  `json:"statistic"`
	Scale     float64 `json:"scale"` // factor to the metric's unit
	// Dimensions maps names to placeholders: {dsql_cluster}, {ecs_cluster} or {ecs_service}.
	Dimensions map[string]string `json:"dimensions"`
	// Otherwise are the dimensions that the metric has instead, where it has no samples with the others.
	Otherwise map[string]string `json:"otherwise,omitempty"`
	// Service is a regular expression that finds the Temporal service in the name of an ECS service.
	Service string `json:"service,omitempty"`
}

// IsScraped reports whether Prometheus can have the metric.
func (m Metric) IsScraped() bool { return len(m.Query) > 0 }

// CountsStarts reports whether the metric counts process starts by service. It is queried once, over {range}, for the
// collection's metadata.
func (m Metric) CountsStarts() bool {
	for _, template := range m.Query {
		if strings.Contains(template, "{range}") {
			return true
		}
	}
	return false
}

// Thresholds are those for comparing two windows.
type Thresholds struct {
	// minimum for a verdict, per window
	MinCoverage float64 `json:"min_coverage"`
	MinSamples  int     `json:"min_samples"`
	// below AmpleSamples the CLES must be the larger, up to MaxCLES
	AmpleSamples int     `json:"ample_samples"`
	MaxCLES      float64 `json:"max_cles"`
	// largest p and smallest CLES that are evidence
	Alpha float64 `json:"alpha"`
	CLES  float64 `json:"cles"`
	// smallest CLES that is evidence of an improvement, or of a change in part of the level
	StrongCLES float64 `json:"strong_cles"`
	// smallest CLES that is evidence across a gap
	FarCLES float64 `json:"far_cles"`
	// earlier windows needed for an empirical null
	MinEarlier int `json:"min_earlier"`
	// usual range: this quantile of how far earlier levels deviated, times a margin
	NullQuantile float64 `json:"null_quantile"`
	NullMargin   float64 `json:"null_margin"`
	// further factor of the margin if a gap separates the two windows
	FarMargin float64 `json:"far_margin"`
	// share of the statistics of a level that must have moved
	Agreement float64 `json:"agreement"`
	// share from which on the whole level counts as moved; below it, StrongCLES applies
	FullAgreement float64 `json:"full_agreement"`
	// weight of the comparison with usual values before the old window
	UsualWeight float64 `json:"usual_weight"`
	// fewer than MinEvents do not count as evidence; fewer than Sparse are judged by their total
	MinEvents float64 `json:"min_events"`
	Sparse    float64 `json:"sparse_events"`
	// beyond this ratio of the loads, a constant share of a metric that scales explains a difference too
	MaxLoadRatio float64 `json:"max_load_ratio"`
	// from this ratio on the load has changed, however much it usually does
	LargeLoadRatio float64 `json:"large_load_ratio"`
	// smaller ratios of spread do not matter
	SpreadRatio float64 `json:"spread_ratio"`
	// number of bootstrap resamples, and their seed
	Resamples int    `json:"resamples"`
	Seed      uint64 `json:"seed"`
}

// Waiver accepts a rule's finding about a deployment until a day.
type Waiver struct {
	Rule    string `json:"rule" yaml:"rule"`
	Reason  string `json:"reason" yaml:"reason"`
	Owner   string `json:"owner" yaml:"owner"`
	Expires string `json:"expires" yaml:"expires"` // YYYY-MM-DD, the last day
}

// Terms returns the last day, owner and reason of a waiver as one line.
func (w Waiver) Terms() string {
	return fmt.Sprintf("until %s by %s: %s", w.Expires, w.Owner, w.Reason)
}
