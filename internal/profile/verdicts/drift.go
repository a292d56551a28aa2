package verdicts

import (
	"context"

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
type Candidate struct {
	Kind     string   `json:"kind"` // load, config, topology or version
	Key      string   `json:"key"`
	OldValue any      `json:"old_value"`
	NewValue any      `json:"new_value"`
	Metrics  []string `json:"metrics"`
	Sentence string   `json:"sentence"`
}

// driftFacts are the input of the drift policies.
type driftFacts struct {
	Metrics     []DriftedMetric   `json:"metrics"`
	Changes     []changeFacts     `json:"changes"`
	Conformance *conformanceFacts `json:"conformance,omitempty"`
}

// conformanceFacts are the part of a conformance that drift policies read.
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
	facts := driftFacts{Metrics: []DriftedMetric{}, Changes: []changeFacts{}}
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
	err := a.drift.evaluate(ctx, facts, &h)
	return h, err
}

// diffPlace identifies a difference.
func diffPlace(d compare.ConfigDiff) [3]string { return [3]string{d.Section, d.Key, d.Service} }
