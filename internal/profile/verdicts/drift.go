package verdicts

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
)

// A Health is how a cluster is, against its baseline and what it promises.
type Health struct {
	Health  string          `json:"health"`  // healthy, degraded, critical or unknown
	Drifted []DriftedMetric `json:"drifted"` // that regressed, the gravest first
	// critical metrics of the baseline, of which nobody can tell what became
	Unknown []DriftedMetric `json:"unknown"`
	// changes since the baseline that are known to act on what drifted: candidates,
	// not causes
	Candidates []Candidate `json:"candidates"`
	// the label; "" where the cluster was held to no promise
	Conformance string `json:"conformance"`
	Summary     string `json:"summary"`
}

// Healths of a cluster.
const (
	Healthy  = "healthy"
	Degraded = "degraded"
	Critical = "critical"
	Unknown  = "unknown"
)

// A DriftedMetric is a metric with what became of it since the baseline.
type DriftedMetric struct {
	Metric     string   `json:"metric"`
	Of         string   `json:"of"` // the metric of the catalogue
	Verdict    string   `json:"verdict"`
	Severity   string   `json:"severity"`
	Critical   bool     `json:"critical"`
	InBaseline bool     `json:"in_baseline"` // whether the baseline has samples of it
	OldValue   *float64 `json:"old_value" jsonschema:"nullable"`
	NewValue   *float64 `json:"new_value" jsonschema:"nullable"`
	Sentence   string   `json:"sentence"`
}

// A Candidate is a change since the baseline, and the drifted metrics that it is
// known to act on.
type Candidate struct {
	Kind     string   `json:"kind"` // config, topology or version
	Key      string   `json:"key"`
	OldValue any      `json:"old_value"`
	NewValue any      `json:"new_value"`
	Metrics  []string `json:"metrics"`
	Sentence string   `json:"sentence"`
}

// driftFacts are what policies of drift judge.
type driftFacts struct {
	Metrics     []DriftedMetric `json:"metrics"`
	Changes     []change        `json:"changes"`
	Conformance *conformed      `json:"conformance,omitempty"`
}

// conformed is what is judged of a conformance.
type conformed struct {
	Label      string `json:"label"`
	PresetName string `json:"preset_name"`
}

type change struct {
	Kind     string   `json:"kind"`
	Key      string   `json:"key"`
	OldValue any      `json:"old_value"`
	NewValue any      `json:"new_value"`
	ActsOn   []string `json:"acts_on"`
}

// Drift judges what a comparison of the baseline with a later profile found, and
// the conformance of that profile where there is one.
func (a *Assessor) Drift(ctx context.Context, c compare.Comparison, conformance *Conformance) (Health, error) {
	facts := driftFacts{Metrics: []DriftedMetric{}, Changes: []change{}}
	if conformance != nil {
		facts.Conformance = &conformed{conformance.Label, conformance.PresetName}
	}
	for _, d := range c.TelemetryDiffs {
		facts.Metrics = append(facts.Metrics, DriftedMetric{
			Metric: d.Metric, Of: a.spread(d.Metric), Verdict: string(d.Direction), Severity: d.Severity,
			Critical: d.Evidence.Critical, InBaseline: d.Evidence.Old.Samples > 0,
			OldValue: d.OldValue, NewValue: d.NewValue, Sentence: d.Sentence,
		})
	}
	topology := map[[3]string]bool{}
	for _, d := range c.TopologyDiffs {
		topology[place(d)] = true
	}
	for _, d := range c.ConfigDiffs {
		x := change{Kind: "config", Key: d.Key, OldValue: d.OldValue, NewValue: d.NewValue, ActsOn: a.parameters[d.Parameter]}
		if topology[place(d)] {
			x.Kind = "topology"
		}
		facts.Changes = append(facts.Changes, x)
	}
	for _, d := range c.VersionDiffs {
		facts.Changes = append(facts.Changes, change{Kind: "version", Key: d.Component, OldValue: d.OldVersion, NewValue: d.NewVersion, ActsOn: a.components[d.Component]})
	}
	for i := range facts.Changes {
		if facts.Changes[i].ActsOn == nil {
			facts.Changes[i].ActsOn = []string{}
		}
	}
	var h Health
	err := a.drift.of(ctx, facts, &h)
	return h, err
}

// place tells one difference from another.
func place(d compare.ConfigDiff) [3]string { return [3]string{d.Section, d.Key, d.Service} }
