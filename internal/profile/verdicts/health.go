package verdicts

import (
	"context"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
)

// Health is the state of a cluster, compared with its baseline and its promises.
type Health struct {
	Health  string          `json:"health"`  // regressed metrics, most severe first
	Drifted []DriftedMetric `json:"drifted"` // that regressed, the gravest first
	// critical metrics of the baseline whose change is unknown
	Unknown []DriftedMetric `json:"unknown"`
	// changes since the baseline that can act on the drifted metrics: candidates, not causes
	Candidates []Candidate `json:"candidates"`
	// conformance label; "" without promises
	Conformance string `json:"conformance"`
	Summary     string `json:"summary"`
}

// Health values of a cluster.
const (
	Healthy  = "healthy"
	Degraded = "degraded"
	Critical = "critical"
	Unknown  = "unknown"
)

// DriftedMetric is a metric with its change since the baseline.
type DriftedMetric struct {
	Metric          string   `json:"metric"`
	CatalogueMetric string   `json:"catalogue_metric"`
	Verdict         string   `json:"verdict"`
	Severity        string   `json:"severity"`
	Critical        bool     `json:"critical"`
	InBaseline      bool     `json:"in_baseline"` // whether the baseline has samples of it
	OldValue        *float64 `json:"old_value" jsonschema:"nullable"`
	NewValue        *float64 `json:"new_value" jsonschema:"nullable"`
	Sentence        string   `json:"sentence"`
}

// Candidate is a change since the baseline, with the drifted metrics that it can act on.
type Candidate = compare.Candidate

// healthFacts are the input of the health policy.
type healthFacts struct {
	Metrics     []DriftedMetric   `json:"metrics"`
	Changes     []changeFacts     `json:"changes"`
	Conformance *conformanceFacts `json:"conformance,omitempty"`
}

// conformanceFacts are the part of a conformance that the health policy reads.
type conformanceFacts struct {
	Label      string `json:"label"`
	PresetName string `json:"preset_name"`
}

type changeFacts struct {
	Kind     string   `json:"kind"`
	Key      string   `json:"key"`
	OldValue any      `json:"old_value"`
	NewValue any      `json:"new_value"`
	ActsOn   []string `json:"acts_on"`
}

// Drift evaluates a comparison of the baseline with a later profile, and that profile's conformance if known.
func (a *Assessor) Drift(ctx context.Context, c compare.Comparison, conformance *Conformance) (Health, error) {
	facts := healthFacts{Metrics: []DriftedMetric{}, Changes: []changeFacts{}}
	if conformance != nil {
		facts.Conformance = &conformanceFacts{conformance.Label, conformance.PresetName}
	}
	for _, d := range c.TelemetryDiffs {
		facts.Metrics = append(facts.Metrics, DriftedMetric{
			Metric: d.Metric, CatalogueMetric: a.catalogueMetric(d.Metric), Verdict: string(d.Direction), Severity: d.Severity,
			Critical: d.Evidence.Critical, InBaseline: d.Evidence.Old.Samples > 0,
			OldValue: d.OldValue, NewValue: d.NewValue, Sentence: d.Sentence,
		})
	}
	if l := c.Load; l != nil && l.HasChanged {
		facts.Changes = append(
			facts.Changes,
			changeFacts{Kind: "load", Key: l.Metric, OldValue: l.Old, NewValue: l.New, ActsOn: a.movedByLoad},
		)
	}
	topology := map[[3]string]bool{}
	for _, d := range c.TopologyDiffs {
		topology[diffPlace(d)] = true
	}
	for _, d := range c.ConfigDiffs {
		x := changeFacts{Kind: "config", Key: d.Key, OldValue: d.OldValue, NewValue: d.NewValue, ActsOn: a.parameters[d.Parameter]}
		if topology[diffPlace(d)] {
			x.Kind = "topology"
		}
		facts.Changes = append(facts.Changes, x)
	}
	for _, d := range c.VersionDiffs {
		facts.Changes = append(
			facts.Changes,
			changeFacts{
				Kind:     "version",
				Key:      d.Component,
				OldValue: d.OldVersion,
				NewValue: d.NewVersion,
				ActsOn:   a.components[d.Component],
			},
		)
	}
	for i := range facts.Changes {
		if facts.Changes[i].ActsOn == nil {
			facts.Changes[i].ActsOn = []string{}
		}
	}
	var h Health
	if err := a.health.evaluate(ctx, facts, &h); err != nil {
		return h, err
	}
	for i := range h.Candidates {
		h.Candidates[i].Defaults = a.changedDefaults(c, h.Candidates[i], h.Drifted)
	}
	return h, nil
}

// WithCandidates adds the candidates to a comparison.
func (a *Assessor) WithCandidates(ctx context.Context, c compare.Comparison) (compare.Comparison, error) {
	h, err := a.Drift(ctx, c, nil)
	if len(h.Candidates) > 0 {
		c.Candidates = h.Candidates
	}
	return c, err
}

// changedDefaults returns the server defaults that differ between the two versions of a candidate and can act on a
// drifted metric, for keys that no profile sets.
func (a *Assessor) changedDefaults(c compare.Comparison, version Candidate, drifted []DriftedMetric) (found []compare.ChangedDefault) {
	old, isOld := version.OldValue.(string)
	now, isNew := version.NewValue.(string)
	if version.Kind != "version" || version.Key != serverComponent || !isOld || !isNew {
		return nil
	}
	from, isKnown := a.versions.Release(old)
	to, isKnownToo := a.versions.Release(now)
	if !isKnown || !isKnownToo {
		return nil
	}
	for _, k := range a.keys {
		if !from.Has(k) || !to.Has(k) || c.IsSet(k.Key) {
			continue
		}
		before, after := k.AsOf(from), k.AsOf(to)
		d := compare.ChangedDefault{Key: k.Key, OldValue: defaultOf(before), NewValue: defaultOf(after), Metrics: []string{}}
		if registry.EqualJSON(d.OldValue, d.NewValue) {
			continue
		}
		acts := a.parameters[k.Key]
		if area, _, _ := strings.Cut(k.Key, "."); len(acts) == 0 {
			acts = a.areas[area]
		}
		for _, m := range drifted {
			if slices.Contains(acts, m.CatalogueMetric) {
				d.Metrics = append(d.Metrics, m.Metric)
			}
		}
		if len(d.Metrics) > 0 {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(x, y compare.ChangedDefault) int { return strings.Compare(x.Key, y.Key) })
	return found
}

// serverComponent is the profile's field with the server's version.
const serverComponent = "temporal_server_version"

// defaultOf returns a default, or its Go source if it is not a constant.
func defaultOf(k registry.Key) any {
	if k.Expr != "" {
		return k.Expr
	}
	return k.Default
}

// diffPlace identifies a difference.
func diffPlace(d compare.ConfigDiff) [3]string { return [3]string{d.Section, d.Key, d.Service} }
