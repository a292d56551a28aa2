package compile_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// What the trace of a compile promises, the same profile promises when it is read back.
func TestPromisesOfACompileAndOfItsProfile(t *testing.T) {
	e := sharedEngine()
	presets, err := e.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets {
		r := compile.Request{Preset: p.Name, Modifier: "long-running"}
		r.SetServiceValue("matching", "persistence.maxConns", 17)
		r.SetServiceValue("worker", "persistence.maxIdleConns", 3)
		account, err := e.Explain(r)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := e.Promises(account.Profile)
		if err != nil {
			t.Fatal(err)
		}
		now, err := json.Marshal(account.Promises)
		if err != nil {
			t.Fatal(err)
		}
		later, err := json.Marshal(kept)
		if err != nil || !bytes.Equal(now, later) {
			t.Errorf("%s promises\n%s\nand its profile\n%s", p.Name, now, later)
		}
		categories := map[string]bool{}
		for _, k := range kept {
			category, _, _ := strings.Cut(k.Metric, ".")
			categories[category] = true
		}
		for _, category := range []string{"throughput", "latency", "matching", "dsql_pool", "errors", "resources"} {
			if !categories[category] {
				t.Errorf("%s promises nothing about %s", p.Name, category)
			}
		}
	}
}

// Bounds that follow from what was resolved move with an override.
func TestPromisesMoveWithOverrides(t *testing.T) {
	e := sharedEngine()
	promised := func(overrides ...string) map[string]registry.Promise {
		t.Helper()
		r := compile.Request{Preset: "mid-scale"}
		for _, o := range overrides {
			override, err := e.ParseOverride(o)
			if err != nil {
				t.Fatal(err)
			}
			r.Overrides = append(r.Overrides, override)
		}
		out, err := e.Resolve(r)
		if err != nil || len(out.Violations) > 0 {
			t.Fatal(err, out.Violations)
		}
		all, err := e.Promises(out.Profile)
		if err != nil {
			t.Fatal(err)
		}
		byMetric := map[string]registry.Promise{}
		for _, p := range all {
			byMetric[p.Metric] = p
		}
		return byMetric
	}
	stock := promised()
	if stock["dsql_pool.pool_open_count"].Upper.Value != 15*50 {
		t.Errorf("the pools of mid-scale hold %v connections", stock["dsql_pool.pool_open_count"].Upper.Value)
	}
	for _, x := range []struct {
		override, metric string
		lower, upper     [2]float64 // before and after
	}{
		{"persistence.maxConns=20", "dsql_pool.pool_open_count", [2]float64{}, [2]float64{750, 300}},
		{"history.replicas=10", "dsql_pool.pool_open_count", [2]float64{}, [2]float64{750, 950}},
		{"persistence.maxConns=20", "dsql_pool.pool_in_use_count", [2]float64{}, [2]float64{600, 240}},
		{"dsql.reservoir_target_ready=60", "dsql_pool.reservoir_size", [2]float64{600, 720}, [2]float64{750, 900}},
		{"max_schedule_to_start_latency_ms=150", "latency.activity_schedule_to_start_p99", [2]float64{}, [2]float64{200, 150}},
		{"max_schedule_to_start_latency_ms=9000", "matching.backlog_age", [2]float64{}, [2]float64{5, 9}},
		{"target_state_transitions_per_sec=700", "throughput.state_transitions_per_sec", [2]float64{50, 50}, [2]float64{500, 700}},
		{"sdk.activity_task_pollers=1", "matching.sync_match_rate", [2]float64{0.9, 0.632}, [2]float64{}},
		{"sdk.activity_task_pollers=1", "matching.async_match_rate", [2]float64{}, [2]float64{0.1, 0.368}},
		{"sdk.max_concurrent_activities=5", "resources.worker_task_slot_utilization", [2]float64{}, [2]float64{0.76, 0.14}},
	} {
		moved := promised(x.override)
		for _, side := range []struct {
			name          string
			before, after *registry.Bound
			want          [2]float64
		}{
			{"lower", stock[x.metric].Lower, moved[x.metric].Lower, x.lower},
			{"upper", stock[x.metric].Upper, moved[x.metric].Upper, x.upper},
		} {
			if side.want == [2]float64{} {
				continue
			}
			if side.before == nil || side.after == nil || side.before.Value != side.want[0] || side.after.Value != side.want[1] {
				t.Errorf(
					"%s takes the %s bound of %s from %+v to %+v, not from %v to %v",
					x.override,
					side.name,
					x.metric,
					side.before,
					side.after,
					side.want[0],
					side.want[1],
				)
			}
		}
	}
	if _, on := stock["dsql_pool.reservoir_size"]; !on {
		t.Error("a reservoir promises no size")
	}
	const slots = "resources.worker_task_slot_utilization"
	if _, on := promised("sdk.slot_supplier=resource-based")[slots]; on {
		t.Error("resource-based slots promise a share of a number that they do not have")
	}
	if _, on := promised("dsql.reservoir_enabled=false")["dsql_pool.reservoir_size"]; on {
		t.Error("no reservoir promises a size")
	}
}

// A preset that promises a metric which the catalogue does not have is refused.
func TestPromiseOfAnUnknownMetric(t *testing.T) {
	for promise, want := range map[string]string{
		`"latency.persistance_latency_p99": {because: "So.", source: "x", upper: {statistic: "p99", value: 1}}`: "latency.persistance_latency_p99",
		`"latency.persistence_latency_p99": {because: "So.", source: "x", upper: {statistic: "p98", value: 1}}`: "statistic",
		`"latency.persistence_latency_p99": {source: "x", upper: {statistic: "p99", value: 1}}`:                 "because",
	} {
		dir := repository(t, promise)
		e, err := compile.New(dir)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Resolve(compile.Request{Preset: "theirs"})
		if err == nil {
			_, err = e.Promises(out.Profile)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", promise, err)
		}
	}
	e, err := compile.New(
		repository(t, `"latency.persistence_latency_p99": {because: "So.", source: "x", upper: {statistic: "p50", value: 7}}`),
	)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Resolve(compile.Request{Preset: "theirs"})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := e.Promises(out.Profile)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(kept, func(p registry.Promise) bool { return p.Metric == "latency.persistence_latency_p99" })
	if at < 0 || kept[at].Upper.Value != 7 || kept[at].Upper.Statistic != "p50" {
		t.Errorf("%+v", kept)
	}
}

// repository returns a repository with its own preset.
func repository(t *testing.T, promise string) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cue.mod/module.cue": "module: \"example.com/infra@v0\"\nlanguage: version: \"v0.17.0\"\n",
		"presets/theirs.cue": `package presets

import (
	"github.com/temporal-dsql/temporal-dsql/schema"
	shipped "github.com/temporal-dsql/temporal-dsql/presets"
)

theirs: schema.#Preset & {
	name:    "theirs"
	summary: "Ours."
	range:   shipped.starter.range
	values:  shipped.starter.values
	choices: shipped.starter.choices
	promises: {` + promise + `}
}
`,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The pools of a service count with its own limit.
func TestPromisesCountThePoolOfEachService_R19(t *testing.T) {
	e := sharedEngine()
	r := compile.Request{Preset: "mid-scale"}
	r.SetServiceValue("matching", "persistence.maxConns", 10)
	out, err := e.Resolve(r)
	if err != nil || len(out.Violations) > 0 {
		t.Fatal(err, out.Violations)
	}
	all, err := e.Promises(out.Profile)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Metric == "dsql_pool.pool_open_count" && p.Upper.Value != 11*50+4*10 {
			t.Errorf("the pools hold %v connections by %s of %v", p.Upper.Value, p.Upper.Formula, p.Upper.Inputs)
		}
	}
}
