package verdicts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Labels of conformance.
const (
	Conforming   = "conforming"
	Drifted      = "drifted"
	Inconclusive = "inconclusive" // something is missing, and nobody can tell
)

// A Conformance tells whether a profile keeps what is promised.
type Conformance struct {
	Label      string `json:"label"`
	PresetName string `json:"preset_name"`
	// each promise, one of each service where the metric is spread over them
	MetricResults []MetricResult `json:"metric_results"`
	// promised metrics that the caller did not hold the cluster to
	Excepted []string `json:"excepted"`
	Summary  string   `json:"summary"`
}

// A MetricResult is one metric against its bounds. What is not known is null.
type MetricResult struct {
	Metric    string `json:"metric"`
	Of        string `json:"of"` // the metric of the catalogue
	Unit      string `json:"unit"`
	Statistic string `json:"statistic"` // that was observed, over the window
	// in the metric's unit
	ObservedValue *float64 `json:"observed_value" jsonschema:"nullable"`
	LowerBound    *float64 `json:"lower_bound" jsonschema:"nullable"`
	UpperBound    *float64 `json:"upper_bound" jsonschema:"nullable"`
	Result        string   `json:"result"` // pass, fail or no_data
	// by how much the value is outside; 0 inside
	By     *float64 `json:"by" jsonschema:"nullable"`
	Detail string   `json:"detail"`
}

// Facts gathers what a profile's conformance is judged by.
func (a *Assessor) Facts(p behaviour.Profile, t Target) (Facts, error) {
	h, err := a.hold(p, t)
	if err != nil {
		return Facts{}, err
	}
	return a.facts(p, h, t.Except, a.every)
}

func (a *Assessor) facts(p behaviour.Profile, h *held, except []string, asked func(metric string) []string) (Facts, error) {
	for _, metric := range except {
		if !slices.ContainsFunc(h.promises, func(x Promise) bool { return x.Metric == metric }) {
			var names []string
			for _, x := range h.promises {
				names = append(names, x.Metric)
			}
			return Facts{}, source.Wrong(holding, fmt.Sprintf("nothing is promised about %q, so that it cannot be excepted", metric), "one of "+strings.Join(names, ", "))
		}
	}
	return Facts{
		ProfileID: p.ID, ClusterID: p.ClusterID, Namespace: p.Namespace,
		PresetName: h.profile.PresetName, Modifier: h.profile.Modifier, MinCoverage: a.minCoverage,
		Promises: h.promises, Observed: a.observe(p.Telemetry, asked), Except: append([]string{}, except...),
	}, nil
}

// Conformance holds a profile against what its target promises. Of its facts only
// what is promised is gathered: the verdict on all of them is the same.
func (a *Assessor) Conformance(ctx context.Context, p behaviour.Profile, t Target) (Conformance, error) {
	h, err := a.hold(p, t)
	if err != nil {
		return Conformance{}, err
	}
	facts, err := a.facts(p, h, t.Except, h.bounds)
	if err != nil {
		return Conformance{}, err
	}
	var c Conformance
	err = a.conformance.of(ctx, h.input(facts), &c)
	return c, err
}

// input is what policies read of facts; what is kept of the target is not
// converted anew.
func (h *held) input(f Facts) map[string]any {
	return map[string]any{"preset_name": f.PresetName, "min_coverage": f.MinCoverage, "promises": h.kept, "observed": f.Observed, "except": f.Except}
}

// bounds are the statistics of a metric that are held.
func (h *held) bounds(metric string) []string { return h.bounded[metric] }

// Judge has the policies judge facts, as those of an earlier Facts.
func (a *Assessor) Judge(ctx context.Context, facts Facts) (Conformance, error) {
	var c Conformance
	err := a.conformance.of(ctx, facts, &c)
	return c, err
}
