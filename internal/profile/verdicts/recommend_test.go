package verdicts_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

func (w world) recommend(t *testing.T, preset string, changes ...string) verdicts.Recommendations {
	t.Helper()
	r, err := w.Recommend(context.Background(), w.profile(t, preset, changes...), verdicts.Target{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(all []verdicts.Recommendation) []string {
	found := []string{}
	for _, r := range all {
		found = append(found, r.Name)
	}
	return found
}

// Each bottleneck has its change, with the evidence for it; a healthy cluster has none.
func TestRecommendations(t *testing.T) {
	w := newWorld(t)
	for _, x := range []struct {
		preset  string
		changes []string
		want    string // the change, by rule
		command string
	}{
		{"mid-scale", []string{
			"throughput.state_transitions_per_sec=900", "throughput.workflows_started_per_sec=60",
			"throughput.workflows_completed_per_sec=60",
		}, "larger_preset",
			"temporal-dsql compile high-throughput --temporal-version 1.30 --plugin-version 2 --override history.shards=512"},
		{"mid-scale", []string{"throughput.state_transitions_per_sec=30"}, "smaller_preset",
			"temporal-dsql compile starter --temporal-version 1.30 --plugin-version 2 --override history.shards=512"},
		{"high-throughput", []string{"throughput.state_transitions_per_sec=12000"}, "higher_target", ""},
		{"mid-scale", []string{"resources.cpu_utilization.history=0.9"}, "more_replicas",
			"temporal-dsql compile mid-scale --temporal-version 1.30 --plugin-version 2 --override history.replicas=7"},
		{"mid-scale", []string{"resources.worker_task_slot_utilization=0.9"}, "more_workers",
			"temporal-dsql compile mid-scale --temporal-version 1.30 --plugin-version 2 --override sdk.worker_count=10"},
		{"mid-scale", []string{"latency.workflow_schedule_to_start_p99=300"}, "more_pollers",
			"temporal-dsql compile mid-scale --temporal-version 1.30 --plugin-version 2 --override sdk.workflow_task_pollers=32"},
		{"mid-scale", []string{"dsql_pool.pool_waits_per_sec=30", "dsql_pool.pool_in_use_count=700"}, "larger_pool",
			"temporal-dsql compile mid-scale --temporal-version 1.30 --plugin-version 2 --override persistence.maxConns=59"},
		{"starter", []string{"dsql_pool.pool_waits_per_sec=30"}, "reservoir",
			"temporal-dsql compile starter --temporal-version 1.30 --plugin-version 2 --override dsql.reservoir_enabled=true"},
		{"mid-scale", []string{"dsql_pool.open_failures=0.5"}, "shared_open_rate",
			"temporal-dsql compile mid-scale --temporal-version 1.30 --plugin-version 2 --override dsql.distributed_rate_limiter_enabled=true"},
		{"starter", []string{"matching.sync_match_rate=0.5"}, "", ""},
		{"mid-scale", []string{"latency.persistence_latency_p99=400"}, "", ""},
		{"mid-scale", nil, "", ""},
		{"starter", []string{"matching.backlog_age=none"}, "", ""},
	} {
		got := w.recommend(t, x.preset, x.changes...)
		all := append(slices.Clone(got.Recommendations), got.Refused...)
		at := slices.IndexFunc(all, func(r verdicts.Recommendation) bool { return r.Name == x.want })
		if x.want == "" {
			if len(all) > 0 || got.Summary == "" {
				t.Errorf("%s %v: %v: %s", x.preset, x.changes, names(all), got.Summary)
			}
			continue
		}
		if at < 0 {
			t.Errorf("%s %v: %v, not %s: %s", x.preset, x.changes, names(all), x.want, got.Summary)
			continue
		}
		r := all[at]
		if x.command != "" && r.Command != x.command {
			t.Errorf("%s: %s\nnot %s", x.want, r.Command, x.command)
		}
		if r.Expected == "" || r.Risk == "" || r.Title == "" || len(r.Evidence) == 0 || r.Findings == nil {
			t.Errorf("%s is not whole: %+v", x.want, r)
		}
		for _, e := range r.Evidence {
			if !slices.ContainsFunc(x.changes, func(c string) bool { return strings.HasPrefix(c, e.Metric+"=") }) {
				t.Errorf("%s shows %s, which is fine", x.want, e.Metric)
			}
		}
	}
}

// What a guard rail refuses is shown as refused, with what it says.
func TestRecommendationThatIsRefused(t *testing.T) {
	w := newWorld(t)
	pool := func(conns string) (verdicts.Recommendations, error) {
		var overrides []compile.Override
		for _, o := range []string{"persistence.maxConns=" + conns, "history.replicas=12"} {
			override, err := w.engine.ParseOverride(o)
			if err != nil {
				t.Fatal(err)
			}
			overrides = append(overrides, override)
		}
		p, err := verdictstest.Profile(
			w.engine,
			compile.Request{Preset: "mid-scale", Overrides: overrides},
			map[string]float64{"dsql_pool.pool_waits_per_sec": 30, "dsql_pool.pool_in_use_count": 1e6},
		)
		if err != nil {
			t.Fatal(err)
		}
		return w.Recommend(context.Background(), p, verdicts.Target{})
	}
	got, err := pool("150")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names(got.Refused), []string{"larger_pool"}) || len(got.Recommendations) > 0 ||
		!strings.Contains(got.Summary, "reject") {
		t.Fatalf("%s: %v %v", got.Summary, names(got.Recommendations), names(got.Refused))
	}
	refusing := slices.ContainsFunc(got.Refused[0].Findings, func(f policy.Finding) bool { return f.Severity == policy.Error })
	if !refusing || !strings.Contains(got.Refused[0].Command, "--override history.replicas=12") {
		t.Errorf("%+v", got.Refused[0])
	}
}

// What is recommended, the same profile with it is recommended no more: the change
// moves the bound, or what would be seen under it.
func TestRecommendationOfADeployment(t *testing.T) {
	w := newWorld(t)
	p := w.profile(t, "mid-scale", "resources.worker_task_slot_utilization=0.9")
	got, err := w.Recommend(context.Background(), p, verdicts.Target{Path: "../../../profiles/payments"})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(names(got.Recommendations), "more_workers")
	if at < 0 || got.Recommendations[at].Command != "temporal-dsql compile ../../../profiles/payments --override sdk.worker_count=10" {
		t.Errorf("%v: %+v", got.Summary, got.Recommendations)
	}
}

// Every recommendation names parameters of the registry, and every finding of a
// recommendation that is shown is no error.
func TestRecommendationsAreGated(t *testing.T) {
	w := newWorld(t)
	troubled := []string{
		"throughput.state_transitions_per_sec=480",
		"matching.sync_match_rate=0.4",
		"resources.worker_task_slot_utilization=0.95",
		"dsql_pool.open_failures=1",
		"resources.cpu_utilization.history=0.99",
		"resources.memory_utilization.worker=0.97",
		"dsql_pool.pool_waits_per_sec=50",
		"dsql_pool.pool_in_use_count=749",
	}
	known := map[string]bool{}
	for _, p := range w.parameters {
		known[p.Key] = true
	}
	got := w.recommend(t, "mid-scale", troubled...)
	if len(got.Recommendations) < 4 {
		t.Errorf("%s: %v, refused %v", got.Summary, names(got.Recommendations), names(got.Refused))
	}
	for _, r := range got.Recommendations {
		for _, key := range slices.Sorted(maps.Keys(r.Overrides)) {
			if !known[key] {
				t.Errorf("%s overrides %s, which is no parameter", r.Name, key)
			}
		}
		for _, f := range r.Findings {
			if f.Severity == policy.Error {
				t.Errorf("%s is shown in spite of %s: %s", r.Name, f.RuleName, f.Message)
			}
		}
	}
}

// BenchmarkRecommend recommends for a full profile with trouble, gathering and
// conformance included; proposals were compiled and gated before.
func BenchmarkRecommend(b *testing.B) {
	w := newWorld(b)
	p := full(w.profile(b, "mid-scale", "resources.cpu_utilization.history=0.9", "latency.workflow_schedule_to_start_p99=300"))
	for b.Loop() {
		if _, err := w.Recommend(context.Background(), p, verdicts.Target{}); err != nil {
			b.Fatal(err)
		}
	}
}

// What the evidence speaks against is listed with the reason, and not proposed.
func TestAdviceAgainstTheEvidence(t *testing.T) {
	w := newWorld(t)
	for _, x := range []struct {
		name    string
		changes []string
		want    []string // proposals
		against map[string]string
	}{
		{
			"the slots of one type are full behind a sum",
			[]string{
				"latency.workflow_schedule_to_start_p99=15800", "resources.worker_task_slot_utilization=0.505",
				"resources.slots_busy.WorkflowWorker=0.99", "resources.slots_busy.ActivityWorker=0.02",
			},
			[]string{"more_slots"},
			map[string]string{"more_pollers": "resources.slots_busy.WorkflowWorker: p95 is 0.9999, "},
		},
		{
			"they are full, and no type is known",
			[]string{
				"latency.workflow_schedule_to_start_p99=15800", "resources.worker_task_slot_utilization=0.505",
				"resources.slots_busy=none",
			},
			[]string{"more_slots"},
			map[string]string{"more_pollers": "as many as all of sdk.max_concurrent_workflow_tasks"},
		},
		{
			"history is busy",
			[]string{"latency.workflow_schedule_to_start_p99=400", "resources.cpu_utilization.history=0.95"},
			[]string{"more_replicas"},
			map[string]string{"more_pollers": "resources.cpu_utilization.history: p95 is 0.9595"},
		},
		{
			"the pools of one service are full behind a sum",
			[]string{
				"latency.workflow_schedule_to_start_p99=400", "dsql_pool.pool_waits_per_sec=30", "dsql_pool.pool_utilization.history=0.95",
			},
			[]string{"larger_pool"},
			map[string]string{"more_pollers": "dsql_pool.pool_utilization.history"},
		},
		{
			"a limit refuses",
			[]string{"errors.resource_exhausted_per_sec=5", "errors.exhausted_by_cause.frontend_RpsLimit=5"},
			[]string{"raised_limit"},
			nil,
		},
		{
			"matching hands tasks out at once",
			[]string{"latency.workflow_schedule_to_start_p99=4000", "matching.task_dispatch_latency=20"},
			nil,
			map[string]string{"more_pollers": "matching hands tasks out within 20.2 ms"},
		},
		{
			"the database is slow",
			[]string{"latency.persistence_latency_p99=800", "latency.workflow_schedule_to_start_p99=900"},
			nil,
			map[string]string{"more_pollers": "latency.persistence_latency_p99"},
		},
	} {
		got := w.recommend(t, "mid-scale", x.changes...)
		found := names(got.Recommendations)
		slices.Sort(found)
		if !slices.Equal(found, append([]string{}, x.want...)) {
			t.Errorf("%s: %v, not %v; refused %v; considered %+v", x.name, found, x.want, names(got.Refused), got.Considered)
		}
		for name, reason := range x.against {
			at := slices.IndexFunc(got.Considered, func(c verdicts.Considered) bool { return c.Name == name })
			if at < 0 || !strings.Contains(strings.Join(got.Considered[at].Against, "\n"), reason) {
				t.Errorf("%s: %s is not against %s: %+v", x.name, reason, name, got.Considered)
			}
		}
		if len(got.Bottlenecks) != 5 {
			t.Errorf("%s: %+v", x.name, got.Bottlenecks)
		}
		for _, r := range got.Recommendations {
			for _, f := range r.Findings {
				t.Errorf("%s: %s has the finding %s: %s", x.name, r.Name, f.RuleName, f.Message)
			}
		}
	}
}
