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
	Inconclusive = "inconclusive" // something is missing for a verdict
)

// Conformance reports whether a profile keeps its promises.
type Conformance struct {
	Label      string `json:"label"`
	PresetName string `json:"preset_name"`
	// each promise, per service if its metric is split by service
	MetricResults []MetricResult `json:"metric_results"`
	// promised metrics that the caller excluded
	Excepted []string `json:"excepted"`
	// promised metrics of an exporter that the cluster does not have: of containers or of workers
	NotExported []string `json:"not_exported"`
	Summary     string   `json:"summary"`
}

// MetricResult compares one metric with its bounds. Unknown values are null.
type MetricResult struct {
	Metric          string `json:"metric"`
	CatalogueMetric string `json:"catalogue_metric"` // metric of the catalogue
	Unit            string `json:"unit"`
	Statistic       string `json:"statistic"` // observed statistic over the window
	// values in the metric's unit
	ObservedValue *float64 `json:"observed_value" jsonschema:"nullable"`
	LowerBound    *float64 `json:"lower_bound" jsonschema:"nullable"`
	UpperBound    *float64 `json:"upper_bound" jsonschema:"nullable"`
	Result        string   `json:"result"` // pass, fail or no_data
	// Excess is the distance from the bounds; 0 inside.
	Excess *float64 `json:"excess" jsonschema:"nullable"`
	Detail string   `json:"detail"`
}

// Facts returns the input for a profile's conformance.
func (a *Assessor) Facts(p behaviour.Profile, t Target) (Facts, error) {
	h, err := a.resolveTarget(p, t)
	if err != nil {
		return Facts{}, err
	}
	return a.gatherFacts(p, h, t.Except, a.allStatistics)
}

func (a *Assessor) gatherFacts(p behaviour.Profile, h *resolvedTarget, except []string, asked func(metric string) []string) (Facts, error) {
	for _, metric := range except {
		if !slices.ContainsFunc(h.promises, func(x Promise) bool { return x.Metric == metric }) {
			var names []string
			for _, x := range h.promises {
				names = append(names, x.Metric)
			}
			return Facts{}, source.Wrong(
				opCheckPromises,
				fmt.Sprintf("metric %q has no promise to except", metric),
				"use one of "+strings.Join(names, ", "),
			)
		}
	}
	return Facts{
		ProfileID: p.ID, ClusterID: p.ClusterID, Namespace: p.Namespace,
		PresetName: h.profile.PresetName, Modifier: h.profile.Modifier, MinCoverage: a.minCoverage,
		Promises: h.promises, Observed: a.observeTelemetry(p.Telemetry, asked), Except: append([]string{}, except...),
	}, nil
}

// Conformance checks a profile against its target's promises. It gathers only promised metrics, because others do not
// change the verdict.
func (a *Assessor) Conformance(ctx context.Context, p behaviour.Profile, t Target) (Conformance, error) {
	h, err := a.resolveTarget(p, t)
	if err != nil {
		return Conformance{}, err
	}
	facts, err := a.gatherFacts(p, h, t.Except, h.boundedStatistics)
	if err != nil {
		return Conformance{}, err
	}
	var c Conformance
	err = a.conformance.evaluate(ctx, h.policyInput(facts), &c)
	return c, err
}

// policyInput returns facts as policies read them, reusing the target's converted parts.
func (h *resolvedTarget) policyInput(f Facts) map[string]any {
	return map[string]any{
		"preset_name":  f.PresetName,
		"min_coverage": f.MinCoverage,
		"promises":     h.promiseFacts,
		"observed":     f.Observed,
		"except":       f.Except,
	}
}

// boundedStatistics returns the statistics with bounds for a metric.
func (h *resolvedTarget) boundedStatistics(metric string) []string { return h.bounded[metric] }

// EvaluateFacts evaluates the conformance policies on facts, such as those of an earlier Facts.
func (a *Assessor) EvaluateFacts(ctx context.Context, facts Facts) (Conformance, error) {
	var c Conformance
	err := a.conformance.evaluate(ctx, facts, &c)
	return c, err
}
