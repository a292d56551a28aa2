package telemetry_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

// collector asks for a cluster of the history.
func collector(t testing.TB, cluster string, adjust ...func(*telemetry.Config)) *telemetry.Collector {
	t.Helper()
	config := telemetry.Config{URL: prometheus.URL}
	if cluster != "" {
		config.Matchers = map[string]string{"cluster": cluster}
	}
	for _, f := range adjust {
		f(&config)
	}
	c, err := telemetry.New(config, catalogue)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func collect(t testing.TB, c *telemetry.Collector, filters map[string]string) *telemetry.Result {
	t.Helper()
	r, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end, Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find returns a summary by its whole name.
func find(t testing.TB, r *telemetry.Result, name string) behaviour.Summary {
	t.Helper()
	category, metric, _ := strings.Cut(name, ".")
	s, ok := r.Telemetry[category][metric]
	if !ok {
		t.Fatalf("no %s in %v", name, r.Telemetry[category])
	}
	return s
}

// An hour at a scrape every 15 s: rates look back a minute, so that the first
// sample is a minute after the start, and 59 minutes hold 237 of them.
func TestCollectByHand_R10(t *testing.T) {
	r := collect(t, collector(t, "t"), nil)
	if c := r.Collection; c.Dialect != "tally" || c.Step != 15 || c.RateWindow != 60 || c.Partial || len(c.Failed) > 0 {
		t.Errorf("%+v", c)
	}
	for _, c := range []struct {
		name                string
		min, mean, p95, max float64
		status              string
		samples             int
	}{
		{"throughput.workflows_started_per_sec", 40, 40, 40, 40, behaviour.OK, 237},
		{"throughput.state_transitions_per_sec", 150, 150, 150, 150, behaviour.OK, 237},
		{"matching.sync_match_rate", 0.8, 0.8, 0.8, 0.8, behaviour.OK, 237},
		{"matching.async_match_rate", 0.2, 0.2, 0.2, 0.2, behaviour.OK, 237},
		// the 95th of 100 is three quarters of the way through the 20 between 0.1 and 0.2 s
		{"latency.workflow_schedule_to_start_p95", 175, 175, 175, 175, behaviour.OK, 237},
		{"latency.workflow_schedule_to_start_p99", 195, 195, 195, 195, behaviour.OK, 237},
		// two partitions from 60 s to 3600 s: 120 to 7200, and 0.95 * 7080 + 120
		{"matching.backlog_count", 120, 3660, 6846, 7200, behaviour.OK, 237},
		{"dsql_pool.pool_open_count", 50, 50, 50, 50, behaviour.OK, 237},
		// from a minute past until half past, and as long as Prometheus looks back:
		// 29 minutes of samples at 15 s, the first included, and 5 minutes more
		{"dsql_pool.reservoir_size", 50, 50, 50, 50, behaviour.Partial, 29*4 + 1 + 20},
		{"resources.cpu_utilization.history", 0.5, 0.5, 0.5, 0.5, behaviour.OK, 237},
		{"resources.cpu_utilization.matching", 0.1, 0.1, 0.1, 0.1, behaviour.OK, 237},
		{"resources.worker_task_slot_utilization", 0.65, 0.65, 0.65, 0.65, behaviour.OK, 237},
	} {
		s := find(t, r, c.name)
		// Prometheus 3 no longer looks back at a sample that is exactly 5 minutes old
		isCounted := s.Samples == c.samples || c.status == behaviour.Partial && s.Samples == c.samples-1
		if s.Status != c.status || !isCounted || s.Expected != 237 {
			t.Errorf("%s is %s (%s) with %d of %d samples", c.name, s.Status, s.Reason, s.Samples, s.Expected)
			continue
		}
		for i, got := range []float64{*s.Min, *s.Mean, *s.P95, *s.Max} {
			if want := []float64{c.min, c.mean, c.p95, c.max}[i]; math.Abs(got-want) > 1e-9*max(1, want) {
				t.Errorf("%s: %v, not %v", c.name, got, want)
			}
		}
		if first, last := s.Series[0].Time, s.Series[len(s.Series)-1].Time; first != start.Unix()+60 ||
			c.status == behaviour.OK && last != end.Unix() {
			t.Errorf("%s goes from %d to %d", c.name, first, last)
		}
	}
}

// On ECS, where there is no cAdvisor, the collector next to each task exports CPU and memory. A service has the sum over
// its tasks.
func TestResourcesOnECS(t *testing.T) {
	r := collect(t, collector(t, "e"), nil)
	for name, want := range map[string]float64{
		"cpu_utilization.history": 0.375, "cpu_utilization.matching": 0.25, "memory_utilization.history": 0.5,
	} {
		if s := find(t, r, "resources."+name); s.Status != behaviour.OK || s.Mean == nil || !isNear(*s.Mean, want) {
			t.Errorf("%s is %s %v, want %v", name, s.Status, s.Mean, want)
		}
	}
	for name := range r.Telemetry["resources"] {
		if strings.HasSuffix(name, ".collector") {
			t.Errorf("%s is no service's", name)
		}
	}
}

// What started in the window is counted by service: under the same address, or in
// another's place. Of a service that was not there before, nobody knows.
func TestProcessStarts(t *testing.T) {
	for _, c := range []struct {
		cluster    string
		filters    map[string]string
		start, end time.Time
		want       map[string]int
	}{
		{"t", nil, start, end, map[string]int{"history": 2, "matching": 0}},
		{"t", map[string]string{"service": "matching", "namespace": "other"}, start, end, map[string]int{"matching": 0}},
		{"t", nil, start, start.Add(20 * time.Minute), map[string]int{"history": 0, "matching": 0}},
		{"t", nil, start.Add(40 * time.Minute), end, map[string]int{"frontend": 0, "history": 0, "matching": 0}},
		{"o", nil, start, end, nil},
	} {
		r, err := collector(t, c.cluster).Collect(t.Context(), telemetry.Query{Start: c.start, End: c.end, Filters: c.filters})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Collection.ProcessStarts; !cmp.Equal(got, c.want) {
			t.Errorf("%s %v from %s to %s: %v, not %v", c.cluster, c.filters, c.start, c.end, got, c.want)
		}
	}
}

// P14: for any request, each metric of the catalogue has a complete summary. A metric
// that is not exported is no_data, with the series that was searched.
func TestP14EveryMetricIsTold(t *testing.T) {
	clusters := map[string]*telemetry.Collector{"t": collector(t, "t"), "o": collector(t, "o"), "nowhere": collector(t, "nowhere")}
	rapid.Check(t, func(t *rapid.T) {
		c := clusters[rapid.SampledFrom([]string{"t", "o", "nowhere"}).Draw(t, "cluster")]
		from := start.Add(time.Duration(rapid.IntRange(-7200, 3600).Draw(t, "from")) * time.Second)
		r, err := c.Collect(t.Context(), telemetry.Query{
			Start: from, End: from.Add(time.Duration(rapid.IntRange(60, 7200).Draw(t, "seconds")) * time.Second),
			Filters: map[string]string{"namespace": rapid.SampledFrom([]string{"", "other", "payments-eu", "none"}).Draw(t, "namespace")},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range catalogue {
			if m.CountsStarts() {
				continue
			}
			category, name, _ := strings.Cut(m.Name, ".")
			told := 0
			for key, s := range r.Telemetry[category] {
				if key != name && (m.Per == "" || !strings.HasPrefix(key, name+".")) {
					continue
				}
				told++
				if err := s.Check(); err != nil {
					t.Fatalf("%s.%s: %v", category, key, err)
				}
				if s.Unit != m.Unit || s.Kind != m.Kind || len(s.Scope) == 0 || len(s.Series) > behaviour.MaxPoints {
					t.Fatalf("%s.%s: %+v", category, key, s)
				}
			}
			if told == 0 {
				t.Fatalf("%s is not told", m.Name)
			}
		}
		if data, err := json.Marshal(r.Telemetry); err != nil || len(data) == 0 {
			t.Fatal(err)
		}
	})
}

func TestWhatIsNotThere(t *testing.T) {
	for _, c := range []struct{ cluster, metric, reason string }{
		{"t", "dsql_pool.pool_idle_count", "not exported: looked for dsql_pool_idle"},
		{
			"t", "resources.memory_utilization", "not exported: looked for container_memory_working_set_bytes, " +
				"container_spec_memory_limit_bytes, ecs_task_memory_reserved_Megabytes, ecs_task_memory_utilized_Megabytes",
		},
		{"t", "latency.activity_schedule_to_start_p95", "exported, but no series in this window matches 1000 * histogram_quantile("},
		{"o", "matching.sync_match_rate", "none of the 237 samples is a number"},
		{"nowhere", "throughput.workflows_started_per_sec", "not exported in any dialect: looked for service_requests, service_requests_total"},
		{"nowhere", "dsql_pool.pool_open_count", "not exported: looked for dsql_pool_open"},
	} {
		s := find(t, collect(t, collector(t, c.cluster), nil), c.metric)
		if s.Status != behaviour.NoData || !strings.HasPrefix(s.Reason, c.reason) {
			t.Errorf("%s of %s is %s: %s", c.metric, c.cluster, s.Status, s.Reason)
		}
	}
}

func TestDialects(t *testing.T) {
	if r := collect(
		t,
		collector(t, "o"),
		nil,
	); r.Collection.Dialect != "opentelemetry" ||
		!isNear(*find(t, r, "throughput.workflows_started_per_sec").Mean, 40) {
		t.Errorf("%+v", r.Collection)
	}
	if r := collect(t, collector(t, "nowhere"), nil); r.Collection.Dialect != "" {
		t.Errorf("%+v", r.Collection)
	}
	_, err := collector(t, "").Collect(t.Context(), telemetry.Query{Start: start, End: end})
	var unclear *telemetry.DialectError
	if !errors.As(err, &unclear) || !strings.Contains(err.Error(), "opentelemetry by poll_success_sync_total, poll_success_total") ||
		!strings.Contains(err.Error(), "tally by persistence_requests, poll_success") {
		t.Errorf("both dialects: %v", err)
	}
	set := collector(t, "", func(c *telemetry.Config) { c.Dialect = "tally" })
	if r := collect(t, set, nil); r.Collection.Dialect != "tally" {
		t.Errorf("%+v", r.Collection)
	}
}

// A filter narrows what has its label, by the name that the exporter made of it,
// and whatever characters it has.
func TestFilters(t *testing.T) {
	for _, c := range []struct {
		cluster string
		filters map[string]string
		metric  string
		scope   []string
		mean    float64
	}{
		{"t", map[string]string{"namespace": "payments-eu"}, "throughput.workflows_started_per_sec", []string{"namespace"}, 10},
		{"o", map[string]string{"namespace": "payments-eu"}, "throughput.workflows_started_per_sec", []string{"namespace"}, 10},
		{"t", map[string]string{"namespace": "payments-eu"}, "dsql_pool.pool_open_count", []string{"cluster"}, 50},
		{"t", map[string]string{"service": "matching", "namespace": "other"}, "dsql_pool.pool_open_count", []string{"service"}, 0},
		{"t", map[string]string{"task_queue": `a"b\c d|.*`}, "resources.worker_task_slot_utilization", []string{"task_queue"}, 0.3},
		{
			"t", map[string]string{"task_queue": `plain`, "namespace": "n"},
			"resources.worker_task_slot_utilization", []string{"namespace", "task_queue"}, 1,
		},
	} {
		s := find(t, collect(t, collector(t, c.cluster), c.filters), c.metric)
		if s.Mean == nil || math.Abs(*s.Mean-c.mean) > 1e-9 || !slices.Equal(s.Scope, c.scope) {
			t.Errorf("%v of %s: %+v", c.filters, c.metric, s)
		}
	}
	for _, filters := range []map[string]string{
		{"namespace": "a\xff"}, {"namespace": "a\x00"}, {"task_queue": strings.Repeat("a", 1001)}, {"cluster": "t"},
	} {
		_, err := collector(t, "t").Collect(t.Context(), telemetry.Query{Start: start, End: end, Filters: filters})
		var wrong *telemetry.FilterError
		var asked *behaviour.RequestError
		if !errors.As(err, &wrong) || !errors.As(err, &asked) || wrong.Remedy == "" {
			t.Errorf("%q: %v", filters, err)
		}
	}
}

// Any accepted value gives a query that Prometheus parses, and that selects exactly
// this value and no other namespace.
func TestFiltersThatSelectNothingElse(t *testing.T) {
	c := collector(t, "o", func(c *telemetry.Config) { c.Dialect = "opentelemetry" })
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.StringN(1, 40, 400), rapid.StringMatching(`["'{}\\|.*+\n, ]{1,20}`)).
			Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }).
			Draw(t, "value")
		r, err := c.Collect(
			t.Context(),
			telemetry.Query{Start: start, End: start.Add(time.Minute), Filters: map[string]string{"namespace": value, "task_queue": value}},
		)
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Telemetry["throughput"]["workflows_started_per_sec"]; s.Status != behaviour.NoData {
			t.Fatalf("%q: %+v", value, s)
		}
	})
}

// Every query of the catalogue parses, in every dialect, narrowed and not.
func TestQueriesParse(t *testing.T) {
	for _, cluster := range []string{"t", "o"} {
		for _, filters := range []map[string]string{nil, {"namespace": "a-b", "task_queue": "q", "service": "history"}} {
			asked := 0
			for _, metrics := range collect(t, collector(t, cluster), filters).Telemetry {
				for name, s := range metrics {
					answer, err := http.PostForm(prometheus.URL+"/api/v1/format_query", url.Values{"query": {s.Query}})
					if err != nil {
						t.Fatal(err)
					}
					if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
						t.Errorf("%s: %s is refused: %s", name, s.Query, answer.Status)
					}
					asked++
				}
			}
			if asked < len(catalogue)-1 { // process starts are no metric
				t.Errorf("%d queries of %d", asked, len(catalogue))
			}
		}
	}
}

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		length       time.Duration
		step, window int64
		points       int
	}{
		{time.Minute, 15, 60, 1},
		{10 * time.Minute, 15, 60, 37},
		{time.Hour, 15, 60, 237},
		{2 * time.Hour, 30, 60, 239},
		{24 * time.Hour, 360, 360, 240},
	} {
		r, err := collector(t, "t").Collect(t.Context(), telemetry.Query{Start: end.Add(-c.length), End: end})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Collection; got.Step != c.step || got.RateWindow != c.window ||
			find(t, r, "dsql_pool.pool_open_count").Expected != c.points {
			t.Errorf("%s: %+v, %d points", c.length, got, find(t, r, "dsql_pool.pool_open_count").Expected)
		}
	}
	_, err := collector(t, "t").Collect(t.Context(), telemetry.Query{Start: end.Add(-30 * time.Second), End: end})
	var short *behaviour.WindowError
	if !errors.As(err, &short) || !strings.Contains(err.Error(), "30s long, shorter than the 1m0s") {
		t.Errorf("half a minute: %v", err)
	}
}

func TestCollectIsDeterministic(t *testing.T) {
	c := collector(t, "t")
	if diff := cmp.Diff(collect(t, c, nil), collect(t, c, nil)); diff != "" {
		t.Error(diff)
	}
}

func TestConfigsThatAreRefused(t *testing.T) {
	for says, config := range map[string]telemetry.Config{
		"expected http://HOST":         {URL: "localhost:9090"},
		"expected whole seconds":       {URL: "http://localhost", ScrapeInterval: 500 * time.Millisecond},
		"opentelemetry, tally":         {URL: "http://localhost", Dialect: "statsd"},
		"not a valid Prometheus label": {URL: "http://localhost", Matchers: map[string]string{"a-b": "c"}},
		"the value to match is empty":  {URL: "http://localhost", Matchers: map[string]string{"a": ""}},
		"Prometheus URL: i":            {URL: "http://a b"},
	} {
		if _, err := telemetry.New(config, catalogue); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}
