package verdicts_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// world is what the tests share: an assessor, and what it works on.
type world struct {
	*verdicts.Assessor
	engine  *compile.Engine
	metrics []registry.Metric

	parameters []registry.Parameter
	components map[string][]string
}

var theWorld = sync.OnceValues(func() (world, error) {
	engine := compile.Embedded()
	engine.ExpectMany()
	metrics, err := engine.Metrics()
	if err != nil {
		return world{}, err
	}
	parameters, err := engine.Parameters()
	if err != nil {
		return world{}, err
	}
	components, err := engine.Components()
	if err != nil {
		return world{}, err
	}
	a, err := verdicts.New(context.Background(), engine, time.Now)
	return world{a, engine, metrics, parameters, components}, err
})

func newWorld(t testing.TB) world {
	t.Helper()
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) profile(t testing.TB, preset string, changes ...string) behaviour.Profile {
	t.Helper()
	levels, err := verdictstest.Changes(changes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := verdictstest.Profile(w.engine, compile.Request{Preset: preset}, levels)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// P21: a profile conforms if and only if every promised metric was observed inside
// of its bounds; one outside makes it drifted, and one missing inconclusive.
func TestP21ConformingIfAndOnlyIfAllInside(t *testing.T) {
	w := newWorld(t)
	presets, err := w.engine.Presets()
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]behaviour.Profile{}
	for _, p := range presets {
		whole[p.Name] = w.profile(t, p.Name)
	}
	rapid.Check(t, func(t *rapid.T) {
		preset := rapid.SampledFrom(presets).Draw(t, "preset").Name
		p := whole[preset]
		facts, err := w.Facts(p, verdicts.Target{})
		if err != nil {
			t.Fatal(err)
		}
		promised := map[string]verdicts.Promise{}
		for _, x := range facts.Promises {
			promised[x.Metric] = x
		}
		// some metrics anywhere around their bounds, or missing, in full or in part
		want := map[string]string{}
		p.Telemetry = behaviour.Telemetry{}
		for category, all := range whole[preset].Telemetry {
			p.Telemetry[category] = map[string]behaviour.Summary{}
			for name, s := range all {
				metric := category + "." + name
				promise, held := promised[metric]
				if !held {
					promise, held = promised[metric[:strings.LastIndexByte(metric, '.')]]
				}
				if held && rapid.IntRange(0, 5).Draw(t, metric) == 0 {
					s = around(t, promise)
				}
				p.Telemetry[category][name] = s
				if held {
					want[metric] = expected(s, promise)
				}
			}
		}
		got, err := w.Conformance(context.Background(), p, verdicts.Target{})
		if err != nil {
			t.Fatal(err)
		}
		// of its facts only what is promised was gathered
		if facts, err = w.Facts(p, verdicts.Target{}); err != nil {
			t.Fatal(err)
		}
		whole, err := w.EvaluateFacts(context.Background(), facts)
		if d := cmp.Diff(whole, got); d != "" || err != nil {
			t.Fatalf("of all facts the verdict is another one: %v, %s", err, d)
		}
		label := verdicts.Conforming
		for _, result := range want {
			if result == "no_data" && label == verdicts.Conforming {
				label = verdicts.Inconclusive
			}
			if result == "fail" {
				label = verdicts.Drifted
			}
		}
		if got.Label != label {
			t.Fatalf("%s, not %s: %s", got.Label, label, got.Summary)
		}
		if len(got.MetricResults) != len(want) {
			t.Fatalf("%d results, not %d", len(got.MetricResults), len(want))
		}
		for _, r := range got.MetricResults {
			if r.Result != want[r.Metric] {
				t.Fatalf("%s: %s, not %s: %s", r.Metric, r.Result, want[r.Metric], r.Detail)
			}
			if (r.Result == "no_data") != (r.ObservedValue == nil) || r.Detail == "" || r.LowerBound == nil && r.UpperBound == nil {
				t.Fatalf("%+v", r)
			}
			if r.Result == "fail" && !(*r.Excess > 0) || r.Result == "pass" && *r.Excess != 0 {
				t.Fatalf("%s %s by %v", r.Metric, r.Result, *r.Excess)
			}
		}
	})
}

// around draws samples around the bounds of a promise: perhaps few of them, or none.
func around(t *rapid.T, p verdicts.Promise) behaviour.Summary {
	n := rapid.SampledFrom([]int{0, 1, 40, 47, 48, 59, 60}).Draw(t, "samples")
	if n == 0 {
		return behaviour.MissingSummary("no series was found", 60)
	}
	level := 0.0
	for _, b := range []*verdicts.Bound{p.Lower, p.Upper} {
		if b != nil && (level == 0 || rapid.Bool().Draw(t, "at this bound")) {
			level = b.Value
		}
	}
	level *= rapid.SampledFrom([]float64{0, 0.5, 0.99, 1, 1.01, 2}).Draw(t, "level")
	burst := rapid.SampledFrom([]int{0, 1, 2, 5, 40}).Draw(t, "samples in a burst")
	var samples []behaviour.Point
	for i := range n {
		value := level
		if i < burst {
			value = level*3 + 1
		}
		samples = append(samples, behaviour.Point{Time: int64(i), Value: value})
	}
	return behaviour.Summarise(samples, 60)
}

// expected is what the samples say of a promise, worked out from the series.
func expected(s behaviour.Summary, p verdicts.Promise) string {
	if s.Status == behaviour.NoData || float64(s.Samples) < 0.8*float64(s.Expected) {
		return "no_data"
	}
	var sorted []float64
	sum := 0.0
	for _, x := range s.Series {
		sorted = append(sorted, x.Value)
		sum += x.Value
	}
	slices.Sort(sorted)
	of := func(statistic string) float64 {
		switch statistic {
		case "mean":
			return *s.Mean
		case "max":
			return sorted[len(sorted)-1]
		}
		return behaviour.Quantile(sorted, map[string]float64{"p1": 0.01, "p5": 0.05, "p50": 0.5, "p95": 0.95, "p99": 0.99}[statistic])
	}
	if p.Lower != nil && of(p.Lower.Statistic) < p.Lower.Value || p.Upper != nil && of(p.Upper.Statistic) > p.Upper.Value {
		return "fail"
	}
	return "pass"
}

// A metric of the server that was not collected is missed. Metrics of containers and workers are missed only where
// another one of their exporter was collected.
func TestConformanceMissesWhatWasNotCollected(t *testing.T) {
	w := newWorld(t)
	p := w.profile(t, "mid-scale")
	delete(p.Telemetry["matching"], "backlog_age")
	delete(p.Telemetry, "resources")
	got, err := w.Conformance(context.Background(), p, verdicts.Target{})
	if err != nil {
		t.Fatal(err)
	}
	missing := []string{}
	for _, r := range got.MetricResults {
		if r.Result != "pass" {
			missing = append(missing, r.Metric+" "+r.Result)
		}
	}
	slices.Sort(missing)
	absent := []string{
		"resources.cpu_utilization", "resources.memory_utilization", "resources.slots_busy",
		"resources.worker_task_slot_utilization",
	}
	slices.Sort(got.NotExported)
	if want := []string{"matching.backlog_age no_data"}; got.Label != verdicts.Inconclusive || !slices.Equal(missing, want) ||
		!slices.Equal(got.NotExported, absent) || !strings.Contains(got.Summary, "4 not exported") {
		t.Errorf("%s: %v, %v: %s", got.Label, missing, got.NotExported, got.Summary)
	}
	p = w.profile(t, "mid-scale")
	delete(p.Telemetry["resources"], "worker_task_slot_utilization")
	if got, err = w.Conformance(context.Background(), p, verdicts.Target{}); err != nil || got.Label != verdicts.Inconclusive ||
		len(got.NotExported) > 0 {
		t.Errorf("%v, %s: %s", err, got.Label, got.Summary)
	}
}

// P34: what a platform exports suffices for conforming, with every preset and modifier, and with or without the
// workers' metrics. Which metrics of the plugin there are depends on the reservoir.
func TestP34PromisesCanBeKept(t *testing.T) {
	w := newWorld(t)
	names, err := compiletest.ListNames(w.engine)
	if err != nil {
		t.Fatal(err)
	}
	adapters, err := w.engine.Adapters()
	if err != nil {
		t.Fatal(err)
	}
	// whether a platform has an exporter of containers
	hasContainers := map[string][]bool{"helm": {true}, "ecs": {true, false}, "compose": {false}, "image-env": {false}}
	only := map[bool][]string{
		true:  {"dsql_pool.pool_keeper_size"},
		false: {"dsql_pool.reservoir_size", "dsql_pool.reservoir_empty_events", "dsql_pool.slot_blocks_used"},
	}
	for _, preset := range names.Presets {
		for _, modifier := range names.Modifiers {
			whole, err := verdictstest.Profile(w.engine, compile.Request{Preset: preset, Modifier: modifier}, nil)
			if err != nil {
				t.Fatal(err)
			}
			size := whole.Telemetry["dsql_pool"]["reservoir_size"]
			hasReservoir := size.Mean != nil && *size.Mean > 1
			for _, name := range only[hasReservoir] {
				delete(whole.Telemetry["dsql_pool"], strings.TrimPrefix(name, "dsql_pool."))
			}
			for _, a := range adapters {
				if a.Kind != "platform" {
					continue
				}
				exporters, isKnown := hasContainers[a.Name]
				if !isKnown {
					t.Fatalf("it is not stated what %s exports", a.Name)
				}
				for _, containers := range exporters {
					for _, workers := range []bool{true, false} {
						got, err := w.Conformance(context.Background(), w.exported(whole, containers, workers), verdicts.Target{})
						if err != nil {
							t.Fatal(err)
						}
						if got.Label == verdicts.Conforming {
							continue
						}
						for _, r := range got.MetricResults {
							if r.Result != "pass" {
								t.Errorf("%s with %q on %s (containers %v, workers %v): %s %s: %s", preset, modifier, a.Name,
									containers, workers, r.Metric, r.Result, r.Detail)
							}
						}
					}
				}
			}
		}
	}
}

// exported returns a profile without the metrics of exporters that a cluster does not have.
func (w world) exported(p behaviour.Profile, containers, workers bool) behaviour.Profile {
	kept := map[string]behaviour.Summary{}
	for name, s := range p.Telemetry["resources"] {
		of, _, _ := strings.Cut(name, ".")
		at := slices.IndexFunc(w.metrics, func(m registry.Metric) bool { return m.Name == "resources."+of })
		source := w.metrics[at].Source
		if source == "container" && !containers || source == "worker" && !workers {
			continue
		}
		kept[name] = s
	}
	p.Telemetry = maps.Clone(p.Telemetry)
	p.Telemetry["resources"] = kept
	return p
}

// What a profile is held against: what was named, else the config profile that it
// has kept, else the preset that it names, and nothing else.
func TestTargetOfConformance(t *testing.T) {
	w := newWorld(t)
	override, err := w.engine.ParseOverride("max_schedule_to_start_latency_ms=900")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := verdictstest.Profile(w.engine, compile.Request{Preset: "mid-scale", Overrides: []compile.Override{override}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	bare := kept
	bare.Config.Profile = nil
	nameless := bare
	nameless.PresetName = ""
	for _, x := range []struct {
		name   string
		p      behaviour.Profile
		t      verdicts.Target
		preset string
		bound  float64
	}{
		{"what it has kept", kept, verdicts.Target{}, "mid-scale", 900},
		{"the preset that is named", kept, verdicts.Target{Preset: "starter"}, "starter", 500},
		{"the preset that it names", bare, verdicts.Target{}, "mid-scale", 200},
		{"a deployment", kept, verdicts.Target{Path: "../../../profiles/payments"}, "mid-scale", 100},
		{"a preset for one that names none", nameless, verdicts.Target{Preset: "high-throughput"}, "high-throughput", 100},
	} {
		facts, err := w.Facts(x.p, x.t)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		at := slices.IndexFunc(facts.Promises, func(p verdicts.Promise) bool {
			return p.Metric == "latency.activity_schedule_to_start_p99"
		})
		if facts.PresetName != x.preset || facts.Promises[at].Upper.Value != x.bound {
			t.Errorf("%s: %s, %v", x.name, facts.PresetName, facts.Promises[at].Upper.Value)
		}
	}
	for name, p := range map[string]behaviour.Profile{
		"has no preset":             nameless,
		"there are no parameters":   {Config: behaviour.Snapshot{Profile: []byte(`{}`)}},
		"read config profile: ":     {Config: behaviour.Snapshot{Profile: []byte(`{"slo_params": 3}`)}},
		`unknown preset "gigantic"`: {Metadata: behaviour.Metadata{PresetName: "gigantic"}},
	} {
		if _, err := w.Facts(p, verdicts.Target{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Nothing is made up of a metric without samples: no statistic of it is a fact.
func TestFactsOfNoData(t *testing.T) {
	w := newWorld(t)
	p := w.profile(t, "starter", "matching.backlog_age=none")
	facts, err := w.Facts(p, verdicts.Target{})
	if err != nil {
		t.Fatal(err)
	}
	for metric, all := range facts.Observed {
		if len(all) == 0 {
			t.Errorf("nothing was observed of %s", metric)
			continue
		}
		o := all[0]
		if o.Metric == "matching.backlog_age" && (len(o.Statistics) != 0 || o.Reason == "") {
			t.Errorf("%+v", o)
		}
		for name, value := range o.Statistics {
			if math.IsNaN(value) {
				t.Errorf("%s of %s is no number", name, o.Metric)
			}
		}
	}
}

// BenchmarkConformance judges the facts of a full profile, gathering included:
// 240 points of each metric.
func BenchmarkConformance(b *testing.B) {
	w := newWorld(b)
	p := full(w.profile(b, "mid-scale"))
	for b.Loop() {
		if _, err := w.Conformance(context.Background(), p, verdicts.Target{}); err != nil {
			b.Fatal(err)
		}
	}
}

// full gives each metric as many points as a profile keeps.
func full(p behaviour.Profile) behaviour.Profile {
	for _, all := range p.Telemetry {
		for name, s := range all {
			var points []behaviour.Point
			for i := range behaviour.MaxPoints {
				points = append(points, behaviour.Point{Time: time.Unix(0, 0).Unix() + int64(15*i), Value: s.Series[i%len(s.Series)].Value})
			}
			n := behaviour.Summarise(points, len(points))
			n.Unit, n.Kind, n.Scope = s.Unit, s.Kind, s.Scope
			all[name] = n
		}
	}
	return p
}
