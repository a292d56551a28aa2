package verdicts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// comparison draws what became of some metrics, and what changed.
func (w world) comparison(t *rapid.T) compare.Comparison {
	var c compare.Comparison
	for _, m := range w.metrics {
		names := []string{m.Name}
		if m.Per != "" {
			names = []string{m.Name + ".history", m.Name + ".frontend"}
		}
		for _, name := range names {
			if !rapid.Bool().Draw(t, "compared "+name) {
				continue
			}
			verdict := rapid.SampledFrom([]judge.Verdict{
				judge.Unchanged, judge.Unchanged, judge.Improved, judge.Regressed, judge.Inconclusive, judge.NoData,
			}).
				Draw(t, name)
			d := compare.TelemetryDiff{Metric: name, Unit: m.Unit, Direction: verdict, Severity: judge.Info, Sentence: "s"}
			if verdict == judge.Regressed {
				d.Severity = map[bool]string{true: judge.Critical, false: judge.Warning}[m.Critical]
			}
			d.Evidence = judge.Result{Metric: name, Critical: m.Critical, Verdict: verdict}
			d.Evidence.Old.Samples = rapid.SampledFrom([]int{0, 60}).Draw(t, "samples in the baseline")
			c.TelemetryDiffs = append(c.TelemetryDiffs, d)
		}
	}
	for _, p := range rapid.SliceOfDistinct(
		rapid.SampledFrom(w.parameters), func(p registry.Parameter) string { return p.Key },
	).Draw(t, "changed") {
		d := compare.ConfigDiff{
			Key:            p.Key,
			Section:        "parameters",
			Parameter:      p.Key,
			Classification: p.Classification,
			OldValue:       1,
			NewValue:       2,
		}
		c.ConfigDiffs = append(c.ConfigDiffs, d)
		if p.Classification == "topology" {
			c.TopologyDiffs = append(c.TopologyDiffs, d)
		}
	}
	if rapid.Bool().Draw(t, "a key that the registry does not curate") {
		c.ConfigDiffs = append(
			c.ConfigDiffs,
			compare.ConfigDiff{Key: "matching.outstandingTaskAppendsThreshold", Section: "dynamic_config", OldValue: 1, NewValue: 2},
		)
	}
	for component := range w.components {
		if rapid.Bool().Draw(t, component) {
			old, now := "1.29", "1.30"
			c.VersionDiffs = append(c.VersionDiffs, compare.VersionDiff{Component: component, OldVersion: &old, NewVersion: &now})
		}
	}
	return c
}

func regressed(c compare.Comparison) []string {
	names := []string{}
	for _, d := range c.TelemetryDiffs {
		if d.Direction == judge.Regressed {
			names = append(names, d.Metric)
		}
	}
	return names
}

// P19: every metric that regressed is reported as drift, and nothing else is. With drift,
// a cluster is neither healthy nor unknown, and it is never healthy without evidence.
func TestP19DriftIsFlagged(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		c := w.comparison(t)
		h, err := w.Drift(context.Background(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range h.Drifted {
			got = append(got, d.Metric)
		}
		want := regressed(c)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("drifted: %v, not %v", got, want)
		}
		critical, blind, judged := false, false, false
		for _, d := range c.TelemetryDiffs {
			critical = critical || d.Severity == judge.Critical
			blind = blind ||
				d.Evidence.Critical && d.Evidence.Old.Samples > 0 && (d.Direction == judge.NoData || d.Direction == judge.Inconclusive)
			judged = judged || d.Direction == judge.Unchanged || d.Direction == judge.Improved
		}
		health := verdicts.Healthy
		switch {
		case critical:
			health = verdicts.Critical
		case len(want) > 0:
			health = verdicts.Degraded
		case blind || !judged:
			health = verdicts.Unknown
		}
		if h.Health != health {
			t.Fatalf("%s, not %s: %s", h.Health, health, h.Summary)
		}
	})
}

// P20: each change that is known to act on a regressed metric is a candidate, with
// the metrics that it acts on; and no other change is.
func TestP20CorrelationIsIncluded(t *testing.T) {
	w := newWorld(t)
	acts := map[string][]string{}
	for _, p := range w.parameters {
		acts[p.Key] = p.ActsOn
	}
	for component, metrics := range w.components {
		acts[component] = metrics
	}
	rapid.Check(t, func(t *rapid.T) {
		c := w.comparison(t)
		h, err := w.Drift(context.Background(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		add := func(kind, key string) {
			for _, name := range regressed(c) {
				plain := strings.TrimSuffix(strings.TrimSuffix(name, ".history"), ".frontend")
				if slices.Contains(acts[key], plain) {
					want[fmt.Sprintf("%s %s on %s", kind, key, name)] = true
				}
			}
		}
		for _, d := range c.ConfigDiffs {
			add(map[bool]string{true: "topology", false: "config"}[d.Classification == "topology"], d.Key)
		}
		for _, d := range c.VersionDiffs {
			add("version", d.Component)
		}
		for _, x := range h.Candidates {
			for _, name := range x.Metrics {
				said := fmt.Sprintf("%s %s on %s", x.Kind, x.Key, name)
				if !want[said] {
					t.Fatalf("%s is no candidate", said)
				}
				delete(want, said)
			}
			if x.OldValue == nil || x.NewValue == nil || !strings.Contains(x.Sentence, x.Key) {
				t.Fatalf("%+v", x)
			}
		}
		if len(want) > 0 {
			t.Fatalf("missing: %v", want)
		}
	})
}

// Two profiles, compared: fewer instances, busier ones, and tasks that wait.
func TestDriftOfTwoProfiles(t *testing.T) {
	w := newWorld(t)
	before := w.profile(t, "mid-scale")
	override, err := w.engine.ParseOverride("history.replicas=3")
	if err != nil {
		t.Fatal(err)
	}
	after, err := verdictstest.Profile(
		w.engine,
		compile.Request{Preset: "mid-scale", Overrides: []compile.Override{override}},
		map[string]float64{"resources.cpu_utilization.history": 0.7, "throughput.state_transitions_per_sec": 275},
	)
	if err != nil {
		t.Fatal(err)
	}
	after.ID = "0193a5f2-0000-7000-8000-000000000002"
	after.WindowStart, after.WindowEnd = before.WindowEnd, before.WindowEnd.Add(before.WindowEnd.Sub(before.WindowStart))
	comparer, err := compare.New(w.engine)
	if err != nil {
		t.Fatal(err)
	}
	judge := func(a, b behaviour.Profile) verdicts.Health {
		t.Helper()
		c, err := comparer.Compare(a, b, compare.Options{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := w.Drift(context.Background(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := judge(before, after)
	drifted := slices.ContainsFunc(
		h.Drifted,
		func(d verdicts.DriftedMetric) bool { return d.Metric == "resources.cpu_utilization.history" },
	)
	candidate := slices.ContainsFunc(h.Candidates, func(x verdicts.Candidate) bool {
		return x.Kind == "topology" && x.Key == "history.replicas" && slices.Contains(x.Metrics, "resources.cpu_utilization.history")
	})
	if !drifted || !candidate || h.Health == verdicts.Healthy || h.Health == verdicts.Unknown {
		t.Errorf("%s: %+v", h.Summary, h.Candidates)
	}
	same := before
	same.ID = "0193a5f2-0000-7000-8000-000000000003"
	if h := judge(before, same); h.Health != verdicts.Healthy || len(h.Candidates) > 0 {
		t.Errorf("against an equal profile: %s", h.Summary)
	}
	drifting := verdicts.Conformance{Label: verdicts.Drifted, PresetName: "mid-scale"}
	c, err := comparer.Compare(before, same, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if h, err = w.Drift(
		context.Background(),
		c,
		&drifting,
	); err != nil || h.Health != verdicts.Degraded ||
		h.Conformance != verdicts.Drifted {
		t.Errorf("drifted against its preset: %s %v", h.Summary, err)
	}
}

// A changed server version lists the keys whose defaults changed and that act on what regressed, unless a profile
// sets them.
func TestChangedDefaultsOfAVersion(t *testing.T) {
	w := newWorld(t)
	old, now := "1.30", "1.31"
	regressed := func(metric string) compare.TelemetryDiff {
		return compare.TelemetryDiff{Metric: metric, Direction: judge.Regressed, Severity: judge.Warning}
	}
	c := compare.Comparison{
		TelemetryDiffs: []compare.TelemetryDiff{regressed("matching.task_dispatch_latency")},
		VersionDiffs:   []compare.VersionDiff{{Component: "temporal_server_version", OldVersion: &old, NewVersion: &now}},
	}
	got, err := w.WithCandidates(context.Background(), c)
	if err != nil || len(got.Candidates) != 1 {
		t.Fatal(err, got.Candidates)
	}
	at := slices.IndexFunc(got.Candidates[0].Defaults, func(d compare.ChangedDefault) bool { return d.Key == "matching.useNewMatcher" })
	if at < 0 {
		t.Fatalf("%+v", got.Candidates[0])
	}
	if d := got.Candidates[0].Defaults[at]; d.OldValue == d.NewValue ||
		!slices.Equal(d.Metrics, []string{"matching.task_dispatch_latency"}) {
		t.Errorf("%+v", d)
	}
	for _, d := range got.Candidates[0].Defaults {
		if strings.HasPrefix(d.Key, "frontend.") || strings.HasPrefix(d.Key, "worker.") {
			t.Errorf("%s acts on matching", d.Key)
		}
	}
	// the same version changes no default
	c.VersionDiffs[0].NewVersion = &old
	if got, err := w.WithCandidates(context.Background(), c); err != nil || len(got.Candidates) > 0 && len(got.Candidates[0].Defaults) > 0 {
		t.Errorf("%v, %+v", err, got.Candidates)
	}
}
