package compare_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

var engine = sync.OnceValue(compile.Embedded)

// the engine evaluates these again on each call
var (
	theComparer = sync.OnceValues(func() (*compare.Comparer, error) { return compare.New(engine()) })
	theMetrics  = sync.OnceValues(func() ([]registry.Metric, error) { return engine().Metrics() })
)

func comparer(t testing.TB) *compare.Comparer {
	t.Helper()
	c, err := theComparer()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func metrics(t testing.TB) []registry.Metric {
	t.Helper()
	all, err := theMetrics()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// profile of four hours, a sample a minute, in which every metric is about ten
// times the floor of what matters, except those in levels; NaN is no data.
func profile(t testing.TB, id string, seed uint64, levels map[string]float64) behaviour.Profile {
	t.Helper()
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC).Add(time.Duration(seed) * 4 * time.Hour)
	p := behaviour.Profile{
		Metadata: behaviour.Metadata{
			ID:          id,
			Name:        "profile " + id,
			ClusterID:   "payments",
			WindowStart: start,
			WindowEnd:   start.Add(4 * time.Hour),
			CreatedAt:   start.Add(5 * time.Hour),
		},
		Config:     behaviour.Snapshot{Sources: []string{"a test"}},
		Telemetry:  behaviour.Telemetry{},
		Collection: behaviour.Collection{ProcessStarts: map[string]int{"history": 0}},
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for _, m := range metrics(t) {
		names := []string{m.Name}
		if m.Per != "" {
			names = []string{m.Name + ".history", m.Name + ".matching"}
		}
		for _, name := range names {
			level, told := levels[name]
			if !told {
				level = 10 * m.Floor.Absolute
			}
			points := make([]behaviour.Point, 0, 240)
			for i := range 240 {
				points = append(points, behaviour.Point{Time: start.Unix() + int64(60*i), Value: level * (1 + 0.02*random.NormFloat64())})
			}
			s := behaviour.Summarise(points, len(points))
			if math.IsNaN(level) {
				s = behaviour.MissingSummary("nobody exports it", 240)
			}
			s.Unit, s.Kind = m.Unit, m.Kind
			category, rest, _ := strings.Cut(name, ".")
			if p.Telemetry[category] == nil {
				p.Telemetry[category] = map[string]behaviour.Summary{}
			}
			p.Telemetry[category][rest] = s
		}
	}
	return p
}

func find(t testing.TB, c compare.Comparison, metric string) compare.TelemetryDiff {
	t.Helper()
	at := slices.IndexFunc(c.TelemetryDiffs, func(d compare.TelemetryDiff) bool { return d.Metric == metric })
	if at < 0 {
		t.Fatalf("there is no %s", metric)
	}
	return c.TelemetryDiffs[at]
}

func comparisonOf(t testing.TB, a, b behaviour.Profile, r compare.Options) compare.Comparison {
	t.Helper()
	c, err := comparer(t).Compare(a, b, r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTelemetryWorstFirst_R12(t *testing.T) {
	a := profile(t, "a", 1, nil)
	b := profile(t, "b", 2, map[string]float64{
		"latency.persistence_latency_p99":        150,        // from 50, critical
		"latency.workflow_schedule_to_start_p99": 900,        // from 100, critical
		"latency.persistence_latency_p95":        500,        // ten times, and not critical
		"matching.sync_match_rate":               0.4,        // from 0.2: higher is better
		"errors.dsql_auth_failures":              math.NaN(), // nobody knows
		"resources.cpu_utilization.history":      0.9,        // from 0.5
		"throughput.workflows_failed_per_sec":    1.2,        // a fifth more, under the floor of half
		"latency.activity_schedule_to_start_p99": 110,
		"matching.backlog_count":                 500,
		"errors.occ_conflicts_per_sec":           1,
		"throughput.workflows_started_per_sec":   5,
		"dsql_pool.pool_open_count":              90, // more, and neither better nor worse
		"throughput.state_transitions_per_sec":   10,
		"dsql_pool.reservoir_empty_events":       1,
		"latency.workflow_schedule_to_start_p95": 100,
		"resources.memory_utilization.matching":  0.5,
		"resources.worker_task_slot_utilization": 0.5,
		"matching.task_dispatch_latency":         100,
		"dsql_pool.reservoir_size":               50,
		"errors.exhausted_retries_per_sec":       0.1,
		"throughput.workflows_completed_per_sec": 5,
		"resources.cpu_utilization.matching":     0.5,
		"errors.persistence_errors_per_sec":      1,
		"dsql_pool.open_failures":                0.5,
		"latency.activity_schedule_to_start_p95": 100,
		"dsql_pool.reconnect_count":              5,
		"dsql_pool.pool_waits_per_sec":           5,
		"matching.async_match_rate":              0.2,
		"dsql_pool.pool_idle_count":              50,
		"dsql_pool.pool_in_use_count":            50,
		"matching.backlog_age":                   50,
		"resources.memory_utilization.history":   0.5,
		"resources.heap_in_use.history":          5e8,
		"resources.heap_in_use.matching":         5e8,
	})
	c := comparisonOf(t, a, b, compare.Options{})
	var order []string
	for _, d := range c.TelemetryDiffs[:6] {
		order = append(order, fmt.Sprintf("%s %s %s", d.Severity, d.Direction, d.Metric))
	}
	want := []string{
		"critical regressed latency.workflow_schedule_to_start_p99", "critical regressed latency.persistence_latency_p99",
		"warning regressed latency.persistence_latency_p95", "warning regressed resources.cpu_utilization.history",
		"info inconclusive dsql_pool.pool_open_count", "info no_data errors.dsql_auth_failures",
	}
	if !slices.Equal(order, want) {
		t.Errorf("%s", strings.Join(order, "\n"))
	}
	if d := find(t, c, "matching.sync_match_rate"); d.Direction != judge.Improved || *d.ChangePct < 95 || *d.ChangePct > 105 {
		t.Errorf("a rising share of sync matches: %s", d.Sentence)
	}
	if d := find(t, c, "errors.dsql_auth_failures"); d.NewValue != nil || d.OldValue == nil || d.ChangePct != nil {
		t.Errorf("no data is a value: %+v", d)
	}
	if c.Verdicts[judge.Regressed] != 4 || !strings.Contains(c.Summary, "4 regressed, 1 improved") {
		t.Errorf("%s", c.Summary)
	}
}

func TestFloorsOfARequest_R12_3(t *testing.T) {
	a, b := profile(
		t,
		"a",
		1,
		nil,
	), profile(
		t,
		"b",
		2,
		map[string]float64{"latency.persistence_latency_p99": 65, "latency.persistence_latency_p95": 65},
	)
	floor := func(x float64) compare.Threshold { return compare.Threshold{Relative: &x} }
	for _, c := range []struct {
		name     string
		floors   map[string]compare.Threshold
		p99, p95 judge.Verdict
	}{
		{"the catalogue's", nil, judge.Regressed, judge.Regressed},
		{"of the category", map[string]compare.Threshold{"latency": floor(0.5)}, judge.Unchanged, judge.Unchanged},
		{
			"of the metric, before its category's",
			map[string]compare.Threshold{"latency": floor(0.5), "latency.persistence_latency_p99": floor(0.1)},
			judge.Regressed, judge.Unchanged,
		},
	} {
		got := comparisonOf(t, a, b, compare.Options{Floors: c.floors})
		if p99, p95 := find(
			t,
			got,
			"latency.persistence_latency_p99",
		).Direction, find(
			t,
			got,
			"latency.persistence_latency_p95",
		).Direction; p99 != c.p99 ||
			p95 != c.p95 {
			t.Errorf("%s: %s and %s", c.name, p99, p95)
		}
	}
	for name, want := range map[string]string{"latency.persistence_latency_p98": "persistence_latency_p9", "nonsense": "metric or category"} {
		_, err := comparer(t).Compare(a, b, compare.Options{Floors: map[string]compare.Threshold{name: floor(1)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := comparer(t).Compare(a, b, compare.Options{Floors: map[string]compare.Threshold{"latency": floor(-1)}}); err == nil {
		t.Error("a floor may be negative")
	}
}

// A profile never differs from itself: a caller that compares the two has named the wrong one.
func TestSameProfileIsRefused(t *testing.T) {
	a := profile(t, "a", 1, nil)
	var asked *compare.RequestError
	if _, err := comparer(t).Compare(a, a, compare.Options{}); !errors.As(err, &asked) || asked.Remedy == "" {
		t.Errorf("compared with itself: %v", err)
	}
}

func TestEarlierProfiles(t *testing.T) {
	const metric = "latency.persistence_latency_p99"
	var earlier []behaviour.Profile
	for i := range 8 {
		p := profile(t, fmt.Sprint("earlier", i), uint64(i+1), map[string]float64{metric: 50 + 40*float64(i%2)})
		earlier = append(earlier, p)
	}
	a, b := profile(t, "a", 10, nil), profile(t, "b", 11, map[string]float64{metric: 90})
	if c := comparisonOf(t, a, b, compare.Options{}); find(t, c, metric).Direction != judge.Regressed {
		t.Error("without earlier windows it is a regression")
	}
	late := profile(t, "late", 12, nil)
	other := profile(t, "other", 1, nil)
	other.Namespace = "another"
	c := comparisonOf(t, a, b, compare.Options{Earlier: append(slices.Clone(earlier), late, other)})
	if d := find(t, c, metric); d.Direction != judge.Unchanged || c.EarlierWindows != 8 {
		t.Errorf("with %d: %s", c.EarlierWindows, d.Sentence)
	}
	if len(c.Notes) != 2 || !strings.Contains(c.Notes[0], "late is not used") ||
		!strings.Contains(c.Notes[1], "cluster, namespace or task queue is different") {
		t.Errorf("%q", c.Notes)
	}
}

// What is remembered of the old profile changes nothing of a comparison.
func TestKnown(t *testing.T) {
	const metric = "latency.persistence_latency_p99"
	a, b := profile(t, "a", 1, map[string]float64{metric: 20}), profile(t, "b", 2, map[string]float64{metric: 40})
	known := comparer(t).Summarise(a)
	for _, brief := range []bool{false, true} {
		without, with := comparisonOf(
			t,
			a,
			b,
			compare.Options{Brief: brief},
		), comparisonOf(
			t,
			a,
			b,
			compare.Options{Brief: brief, Known: &known},
		)
		if diff := cmp.Diff(written(t, without), written(t, with)); diff != "" {
			t.Error(diff)
		}
	}
}

func written(t testing.TB, c compare.Comparison) string {
	t.Helper()
	data, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What happened inside of a window is noted: processes that started, and that
// nobody can tell.
func TestProcessStarts(t *testing.T) {
	a, b := profile(t, "a", 1, nil), profile(t, "b", 2, nil)
	if c := comparisonOf(t, a, b, compare.Options{}); len(c.Notes) > 0 {
		t.Errorf("of nothing: %q", c.Notes)
	}
	a.Collection.ProcessStarts = nil
	b.Collection.ProcessStarts = map[string]int{"matching": 1, "history": 3, "frontend": 0}
	want := []string{
		"profile a: process starts within its window are unknown",
		"profile b: server processes started within its window: history 3, matching 1",
	}
	if diff := cmp.Diff(want, comparisonOf(t, a, b, compare.Options{}).Notes); diff != "" {
		t.Error(diff)
	}
}

func TestConfiguration_R12_2(t *testing.T) {
	a, b := profile(t, "a", 1, nil), profile(t, "b", 2, nil)
	key := []byte("a key")
	digest := func(secret string) string { return redact.New(key).Digest("TOKEN", secret) }
	a.Config.Parameters = map[string]map[string]any{
		"history.shards": {"": 512}, "persistence.maxConns": {"": 50.0}, "history.replicas": {"": 4}, "frontend.rps": {"": 2400},
	}
	b.Config.Parameters = map[string]map[string]any{
		"history.shards": {"": 1024}, "persistence.maxConns": {"history": 50.0, "matching": 20}, "history.replicas": {"": 4.0},
	}
	a.Config.DynamicConfig = map[string]any{
		"frontend.rps": []any{map[string]any{"value": 2400}},
		"matching.outstandingTaskAppendsThreshold": []any{map[string]any{"value": 1}},
	}
	b.Config.DynamicConfig = map[string]any{"matching.outstandingTaskAppendsThreshold": []any{map[string]any{"value": 2}}}
	a.Config.Environment = map[string]map[string]string{
		"history": {"TEMPORAL_SQL_MAX_CONNS": "50", "TOKEN": digest("x"), "OTHER_TOKEN": digest("x")},
	}
	b.Config.Environment = map[string]map[string]string{
		"history": {"TEMPORAL_SQL_MAX_CONNS": "20", "TOKEN": digest("y"), "OTHER_TOKEN": digest("x")},
	}
	a.Config.WorkerOptions = map[string]any{"MaxConcurrentActivityExecutionSize": 100}
	b.Config.Unknown = []string{"worker_options: no source has it"}
	c := comparisonOf(t, a, b, compare.Options{})
	var got []string
	for _, d := range c.ConfigDiffs {
		got = append(
			got,
			fmt.Sprintf(
				"%s %s %s%s %s %v -> %v",
				d.Severity,
				d.Classification,
				d.Key,
				strings.TrimSuffix("/"+d.Service, "/"),
				d.Change,
				d.OldValue,
				d.NewValue,
			),
		)
	}
	want := []string{
		"critical topology history.shards changed 512 -> 1024",
		"warning safety persistence.maxConns removed 50 -> <nil>",
		"warning safety persistence.maxConns/history added <nil> -> 50",
		"warning safety persistence.maxConns/matching added <nil> -> 20",
		"info tuning frontend.rps removed 2400 -> <nil>",
		"info tuning matching.outstandingTaskAppendsThreshold changed 1 -> 2",
		fmt.Sprintf("info unclassified TOKEN/history changed %s -> %s", digest("x"), digest("y")),
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if last := c.ConfigDiffs[len(c.ConfigDiffs)-1]; !last.Redacted {
		t.Errorf("it does not say that it is a secret: %+v", last)
	}
	if len(c.TopologyDiffs) != 1 || c.TopologyDiffs[0].Key != "history.shards" || c.TopologyDiffs[0].Needs != "immutable" {
		t.Errorf("%+v", c.TopologyDiffs)
	}
	if len(c.Notes) != 1 || c.Notes[0] != "worker_options: not compared, because no source of profile B provides it" {
		t.Errorf("%q", c.Notes)
	}
}

// A configuration is equal to itself, whatever its sources leave unknown, and however
// it was read.
func TestTheSameConfiguration(t *testing.T) {
	resolved, err := engine().Resolve(compile.Request{Preset: "starter"})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]behaviour.Snapshot{
		"nothing": {}, "a config profile": {Profile: resolved.JSON},
		"parts": {
			DynamicConfig: map[string]any{"matching.outstandingTaskAppendsThreshold": []any{map[string]any{"value": 1}}},
			Unknown:       []string{"worker_options: no source has it"},
		},
	} {
		a, b, elsewhere := profile(t, "a", 1, nil), profile(t, "b", 2, nil), profile(t, "b", 2, nil)
		a.Config, b.Config, elsewhere.Config = s, s, s
		elsewhere.Config.Sources = []string{"another file"}
		want := comparisonOf(t, a, elsewhere, compare.Options{})
		got := comparisonOf(t, a, b, compare.Options{})
		if len(got.ConfigDiffs)+len(want.ConfigDiffs) > 0 || got.ConfigDiffs == nil || !slices.Equal(got.Notes, want.Notes) {
			t.Errorf("%s: %v %q, and from elsewhere %v %q", name, got.ConfigDiffs, got.Notes, want.ConfigDiffs, want.Notes)
		}
	}
}

func TestVersions_R12_4(t *testing.T) {
	a, b := profile(t, "a", 1, nil), profile(t, "b", 2, nil)
	a.TemporalServerVersion, b.TemporalServerVersion = "1.31.2", "1.32.1"
	a.WorkerCodeSHA = "abc"
	a.DSQLPluginVersion, b.DSQLPluginVersion = "2", "2"
	b.Config.Unknown = []string{"worker_code_sha: workers differ: abc, def"}
	c := comparisonOf(t, a, b, compare.Options{})
	if !slices.Contains(c.Notes, "profile b: worker_code_sha: workers differ: abc, def") {
		t.Errorf("%q", c.Notes)
	}
	text, err := json.Marshal(c.VersionDiffs)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"component":"temporal_server_version","old_version":"1.31.2","new_version":"1.32.1","severity":"warning"},{"component":"worker_code_sha","old_version":"abc","new_version":null,"severity":"info"}]`
	if string(text) != want {
		t.Errorf("%s", text)
	}
}

// P17: a comparison has every metric, setting and version that differs, each
// once, and what is worst comes first.
func TestComparisonCompleteAndOrdered_P17(t *testing.T) {
	c, all := comparer(t), metrics(t)
	known, err := engine().Parameters()
	if err != nil {
		t.Fatal(err)
	}
	severity := []string{judge.Critical, judge.Warning, judge.Info}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) behaviour.Profile {
			p := behaviour.Profile{Metadata: behaviour.Metadata{ID: name}, Telemetry: behaviour.Telemetry{}, Config: behaviour.Snapshot{
				Sources: []string{"a test"}, Parameters: map[string]map[string]any{}, DynamicConfig: map[string]any{},
			}}
			p.TemporalServerVersion = rapid.SampledFrom([]string{"", "1.31", "1.32"}).Draw(t, "version")
			for _, m := range all {
				category, metric, _ := strings.Cut(m.Name, ".")
				if p.Telemetry[category] == nil {
					p.Telemetry[category] = map[string]behaviour.Summary{}
				}
				level := rapid.SampledFrom([]float64{-1, 0, 1, 1, 1, 2, 10}).Draw(t, m.Name)
				var points []behaviour.Point
				for i := range 40 {
					points = append(points, behaviour.Point{Time: int64(i), Value: level * (1 + float64(i%7)/50)})
				}
				if level < 0 {
					points = nil
				}
				p.Telemetry[category][metric] = behaviour.Summarise(points, 40)
			}
			for _, x := range rapid.SliceOfDistinct(
				rapid.SampledFrom(known), func(x registry.Parameter) string { return x.Key },
			).Draw(t, "parameters") {
				p.Config.Parameters[x.Key] = map[string]any{"": rapid.IntRange(1, 2).Draw(t, x.Key)}
			}
			p.Config.DynamicConfig["a.key"] = rapid.IntRange(1, 2).Draw(t, "a.key")
			return p
		}
		a, b := draw("a"), draw("b")
		got, err := c.Compare(a, b, compare.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range got.TelemetryDiffs {
			names = append(names, d.Metric)
		}
		slices.Sort(names)
		var want []string
		for _, m := range all {
			want = append(want, m.Name)
		}
		if !slices.Equal(names, want) {
			t.Fatalf("%d metrics of %d", len(names), len(want))
		}
		settings := map[string]string{}
		for _, d := range got.ConfigDiffs {
			if settings[d.Key] != "" {
				t.Fatalf("%s is there twice", d.Key)
			}
			settings[d.Key] = d.Change
		}
		for _, x := range known {
			old, now := a.Config.Parameters[x.Key], b.Config.Parameters[x.Key]
			change := ""
			switch {
			case old == nil && now != nil:
				change = compare.Added
			case old != nil && now == nil:
				change = compare.Removed
			case old != nil && old[""] != now[""]:
				change = compare.Changed
			}
			if settings[x.Key] != change {
				t.Fatalf("%s is %q, not %q", x.Key, settings[x.Key], change)
			}
			delete(settings, x.Key)
		}
		if (a.Config.DynamicConfig["a.key"] != b.Config.DynamicConfig["a.key"]) != (settings["a.key"] == compare.Changed) {
			t.Fatalf("a.key: %q", settings["a.key"])
		}
		if (a.TemporalServerVersion != b.TemporalServerVersion) != (len(got.VersionDiffs) == 1) {
			t.Fatalf("%+v", got.VersionDiffs)
		}
		for i := 1; i < len(got.TelemetryDiffs); i++ {
			x, y := got.TelemetryDiffs[i-1], got.TelemetryDiffs[i]
			if slices.Index(severity, x.Severity) > slices.Index(severity, y.Severity) {
				t.Fatalf("%s %s before %s %s", x.Severity, x.Metric, y.Severity, y.Metric)
			}
			if x.Severity == y.Severity && x.Direction == judge.Regressed && y.Direction == judge.Regressed &&
				x.ChangePct != nil && (y.ChangePct == nil || math.Abs(*x.ChangePct) < math.Abs(*y.ChangePct)) {
				t.Fatalf("%s of %v %% before %s", x.Metric, *x.ChangePct, y.Metric)
			}
		}
		for _, d := range got.TelemetryDiffs {
			category, metric, _ := strings.Cut(d.Metric, ".")
			missing := a.Telemetry[category][metric].Mean == nil || b.Telemetry[category][metric].Mean == nil
			if missing != (d.Direction == judge.NoData) {
				t.Fatalf("%s: %s", d.Metric, d.Sentence)
			}
		}
	})
}

func TestTextFitsTheWidth(t *testing.T) {
	a, b := profile(t, "a", 1, nil), profile(t, "b", 2, map[string]float64{"latency.persistence_latency_p99": 150})
	c := comparisonOf(t, a, b, compare.Options{})
	for _, width := range []int{0, 94, 160} {
		var out bytes.Buffer
		c.Text(&out, report.Style{}.WithWidth(width))
		_, table, _ := strings.Cut(out.String(), "Telemetry\n")
		table, _, _ = strings.Cut(table, "\n\n")
		for line := range strings.Lines(table) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); width > 0 && n > width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
		if drawn := strings.Contains(table, "█"); drawn != (width != 94) {
			t.Errorf("%d columns have a course: %v", width, drawn)
		}
	}
}

// Brief leaves out evidence but no verdict: metrics that regressed, improved or are not
// known are reported in the same words.
func TestBriefSaysTheSame(t *testing.T) {
	c, all := comparer(t), metrics(t)
	rapid.Check(t, func(rt *rapid.T) {
		levels := func(which string) map[string]float64 {
			changed := map[string]float64{}
			for _, m := range rapid.SliceOfDistinct(rapid.SampledFrom(all), func(m registry.Metric) string { return m.Name }).Draw(rt, which) {
				changed[m.Name] = rapid.SampledFrom([]float64{0, 0.1, 1, 30, 60, 500}).Draw(rt, m.Name)
			}
			return changed
		}
		a, b := profile(t, "a", 10, levels("before")), profile(t, "b", 11, levels("after"))
		var earlier []behaviour.Profile
		var usual []compare.Usual
		for i := range rapid.SampledFrom([]int{0, 6}).Draw(rt, "earlier") {
			p := profile(t, fmt.Sprint("earlier", i), uint64(i+1), nil)
			earlier, usual = append(earlier, p), append(usual, c.Summarise(p))
		}
		full := comparisonOf(t, a, b, compare.Options{Earlier: earlier})
		brief := comparisonOf(t, a, b, compare.Options{Usual: usual, Brief: true})
		if !maps.Equal(full.Verdicts, brief.Verdicts) {
			rt.Fatalf("%v, and in brief %v", full.Verdicts, brief.Verdicts)
		}
		for _, d := range full.TelemetryDiffs {
			in := find(t, brief, d.Metric)
			if d.Direction != in.Direction || d.Direction != judge.Unchanged && (d.Sentence != in.Sentence || d.Severity != in.Severity) {
				rt.Fatalf("%s %s\n%s %s", d.Severity, d.Sentence, in.Severity, in.Sentence)
			}
		}
	})
}

func TestComparisonIsDeterministic(t *testing.T) {
	a, b := profile(t, "a", 1, nil), profile(t, "b", 2, map[string]float64{"latency.persistence_latency_p99": 150})
	var texts [2]string
	for i := range texts {
		text, err := json.Marshal(comparisonOf(t, a, b, compare.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if texts[0] != texts[1] {
		t.Error("the same profiles, other bytes")
	}
}

// Two full profiles: all metrics, 240 points each.
func BenchmarkCompare(b *testing.B) {
	x, y := profile(b, "a", 1, nil), profile(b, "b", 2, nil)
	c := comparer(b)
	metrics := len(comparisonOf(b, x, y, compare.Options{}).TelemetryDiffs)
	start := measure.ProcessorTime()
	for b.Loop() {
		if _, err := c.Compare(x, y, compare.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(metrics), "metrics")
	b.ReportMetric(float64((measure.ProcessorTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// The load is measured by the first metric that both windows have. Without one, metrics that scale are inconclusive,
// and no other.
func TestLoadOfTwoProfiles(t *testing.T) {
	const (
		started, transitions   = "throughput.workflows_started_per_sec", "throughput.state_transitions_per_sec"
		completed, conflicts   = "throughput.workflows_completed_per_sec", "errors.occ_conflicts_per_sec"
		persistence, exhausted = "latency.persistence_latency_p99", "errors.exhausted_retries_per_sec"
	)
	missing := math.NaN()
	levels := func(started_, transitions_, completed_, conflicts_ float64) map[string]float64 {
		return map[string]float64{
			started: started_, transitions: transitions_, completed: completed_, conflicts: conflicts_, exhausted: 0, persistence: 50,
		}
	}
	for _, c := range []struct {
		name          string
		before, after map[string]float64
		measure       string
		ratio         float64 // 0 means none
		changed       bool
		conflicts     judge.Verdict
	}{
		{"the same load", levels(40, 400, 40, 1), levels(40, 400, 40, 1), started, 1, false, judge.Unchanged},
		{"2.5 times the load", levels(40, 400, 40, 1), levels(100, 1000, 100, 2.5), started, 2.5, true, judge.Unchanged},
		{"and a fault", levels(40, 400, 40, 1), levels(100, 1000, 100, 25), started, 2.5, true, judge.Regressed},
		{"half the load", levels(40, 400, 40, 1), levels(20, 200, 20, 0.5), started, 0.5, true, judge.Unchanged},
		{"no starts", levels(missing, 400, 40, 1), levels(missing, 1000, 100, 2.5), transitions, 2.5, true, judge.Unchanged},
		{"starts in one window only", levels(missing, 400, 40, 1), levels(100, 1000, 100, 2.5), transitions, 2.5, true, judge.Unchanged},
		{"no starts and no transitions", levels(missing, missing, 40, 1), levels(missing, missing, 100, 2.5), completed, 2.5, true, judge.Unchanged},
		{"no load at all", levels(missing, missing, missing, 1), levels(missing, missing, missing, 5), "", 0, false, judge.Inconclusive},
		{"an idle cluster", levels(0, 0, 0, 1), levels(40, 400, 40, 5), started, 0, true, judge.Inconclusive},
	} {
		got := comparisonOf(t, profile(t, "a", 1, c.before), profile(t, "b", 2, c.after), compare.Options{})
		if d := find(t, got, conflicts); d.Direction != c.conflicts {
			t.Errorf("%s: %s", c.name, d.Sentence)
		}
		if d := find(t, got, persistence); d.Direction != judge.Unchanged {
			t.Errorf("%s: %s", c.name, d.Sentence)
		}
		if d := find(t, got, exhausted); d.Direction != judge.Unchanged {
			t.Errorf("%s: %s", c.name, d.Sentence)
		}
		noted := slices.ContainsFunc(got.Notes, func(n string) bool { return strings.Contains(n, "scale with it are inconclusive") })
		if noted != (c.conflicts == judge.Inconclusive) {
			t.Errorf("%s: %q", c.name, got.Notes)
		}
		switch l := got.Load; {
		case c.measure == "":
			if l != nil {
				t.Errorf("%s: %+v", c.name, *l)
			}
		case l == nil || l.Metric != c.measure || l.HasChanged != c.changed || (l.Ratio == nil) != (c.ratio == 0) ||
			l.Ratio != nil && math.Abs(*l.Ratio-c.ratio) > 0.02*c.ratio:
			t.Errorf("%s: %+v", c.name, l)
		case l.HasChanged && l.Ratio != nil && !strings.Contains(got.Summary, "times the load"):
			t.Errorf("%s: %s", c.name, got.Summary)
		}
	}
}

// A metric with a daily cycle is compared with the same hour of earlier days.
func TestDailyCycle(t *testing.T) {
	const metric = "latency.persistence_latency_p99"
	at := func(id string, day, hour int, level float64) behaviour.Profile {
		p := profile(t, id, uint64(6*day+hour/4), map[string]float64{metric: level})
		return p
	}
	night := at("night", 9, 0, 50)
	days := func(n int, level float64) (all []behaviour.Profile) {
		for day := range n {
			all = append(all, at(fmt.Sprint("day", day), 8-day, 12, level))
		}
		return all
	}
	for _, c := range []struct {
		name    string
		earlier []behaviour.Profile
		level   float64
		verdict judge.Verdict
		says    string
	}{
		{"as every noon", days(4, 200), 210, judge.Unchanged, "at this hour of 4 earlier days"},
		{"more than at any noon", days(4, 200), 400, judge.Regressed, ""},
		{"too few days", days(2, 200), 210, judge.Inconclusive, "too few earlier windows"},
		{"other hours", nil, 210, judge.Regressed, ""},
	} {
		noon := at("noon", 10, 12, c.level)
		d := find(t, comparisonOf(t, night, noon, compare.Options{Earlier: c.earlier}), metric)
		if d.Direction != c.verdict || !strings.Contains(d.Sentence, c.says) {
			t.Errorf("%s: %s", c.name, d.Sentence)
		}
	}
}
