package assess_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

var update = flag.Bool("update", false, "rewrite the table of scenarios in docs/comparing-windows.md")

// conditions are how a cluster runs in a window; each factor is 1 in good times.
type conditions struct {
	load      float64 // workflows, requests, calls, CPU
	database  float64 // latency of the database
	wait      float64 // time that tasks wait for a worker
	conflicts float64
	// CPU of the history service, and of the others
	historyCPU, otherCPU float64
	slots                float64 // workflow slots in use, whatever the load
	// families that are not exported
	isMissing func(family string) bool
}

func (c conditions) withDefaults() conditions {
	for _, f := range []*float64{&c.load, &c.database, &c.wait, &c.conflicts, &c.historyCPU, &c.otherCPU} {
		if *f == 0 {
			*f = 1
		}
	}
	return c
}

// scenario is a window with what is expected of its assessment.
type scenario struct {
	name       string
	conditions conditions
	start      time.Time
	length     time.Duration
	// metrics that the conditions change for the worse
	faults []string

	health      string
	conformance string
	candidates  []string
	advice      []string // as adviceOf returns it
}

// The days of the history. The baseline is at nine; nights are slower than days, every day.
var (
	scenarioDay = time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	night       = conditions{load: 0.6, database: 1.8, wait: 1.8}
)

const (
	scenarioStep   = 15 * time.Second
	scenarioLength = 15 * time.Minute
)

func isOf(families ...string) func(string) bool {
	return func(family string) bool { return slices.Contains(families, family) }
}

func isPlugin(family string) bool { return strings.HasPrefix(family, "dsql_") }

// scenarios are the windows to assess, one every half hour after the baseline.
func scenarios() []scenario {
	const started = "throughput.workflows_started_per_sec"
	slow := []string{"latency.persistence_latency_p95", "latency.persistence_latency_p99"}
	all := []scenario{
		{name: "the same load", health: verdicts.Healthy, conformance: verdicts.Conforming},
		{
			name: "2.5 times the load", conditions: conditions{load: 2.5},
			health: verdicts.Healthy, conformance: verdicts.Conforming,
		},
		{
			name: "2.5 times the load, and a slow database", conditions: conditions{load: 2.5, database: 5}, faults: slow,
			health: verdicts.Critical, conformance: verdicts.Drifted, candidates: []string{started},
		},
		{
			name: "half the load", conditions: conditions{load: 0.5},
			health: verdicts.Healthy, conformance: verdicts.Conforming,
		},
		{
			name: "half the load, and a slow database", conditions: conditions{load: 0.5, database: 5}, faults: slow,
			health: verdicts.Critical, conformance: verdicts.Drifted,
		},
		{
			name:       "no series that measures the load",
			conditions: conditions{isMissing: isOf("service_requests", "state_transition_count_count", "workflow_success")},
			health:     verdicts.Unknown, conformance: verdicts.Inconclusive,
		},
		{
			name: "five minutes with 40 times the conflicts", length: 5 * time.Minute,
			conditions: conditions{conflicts: 40}, faults: []string{"errors.occ_conflicts_per_sec", "errors.conflict_ratio"},
			health: verdicts.Degraded, conformance: verdicts.Drifted,
		},
		{
			name: "a night like every other", start: scenarioDay.Add(21 * time.Hour), conditions: night,
			health: verdicts.Healthy, conformance: verdicts.Conforming,
		},
		{
			name: "no metrics of the plugin", conditions: conditions{isMissing: isPlugin},
			health: verdicts.Unknown, conformance: verdicts.Inconclusive,
		},
		{
			name:       "history's CPU is full, the other services' is idle",
			conditions: conditions{historyCPU: 2.1, otherCPU: 0.3}, faults: []string{"resources.cpu_utilization.history"},
			health: verdicts.Degraded, conformance: verdicts.Drifted, advice: []string{"more_replicas"},
		},
		{
			name: "workflow slots are full, and tasks wait", conditions: conditions{slots: 198, wait: 12},
			faults: []string{
				"latency.workflow_schedule_to_start_p95", "latency.workflow_schedule_to_start_p99",
				"resources.slots_busy.WorkflowWorker", "resources.worker_task_slot_utilization",
			},
			health: verdicts.Critical, conformance: verdicts.Drifted, advice: []string{"more_slots", "not more_pollers"},
		},
	}
	for i := range all {
		s := &all[i]
		if s.start.IsZero() {
			s.start = scenarioDay.Add(10*time.Hour + time.Duration(i)*30*time.Minute)
		}
		if s.length == 0 {
			s.length = scenarioLength
		}
		s.conditions = s.conditions.withDefaults()
	}
	return all
}

// earlierWindows are the windows before the baseline, which show what is usual, and the baseline last.
func earlierWindows() []scenario {
	var all []scenario
	for days := 3; days >= 1; days-- {
		all = append(all, scenario{
			name: fmt.Sprintf("the night %d days before", days),
			start: scenarioDay.Add(
				21*time.Hour - time.Duration(days)*24*time.Hour,
			),
			length:     scenarioLength,
			conditions: night.withDefaults(),
		})
	}
	for i := 3; i >= 0; i-- {
		all = append(all, scenario{
			name:  fmt.Sprintf("the morning, %d windows before", i),
			start: scenarioDay.Add(9*time.Hour - time.Duration(i)*30*time.Minute), length: scenarioLength,
			conditions: conditions{}.withDefaults(),
		})
	}
	return all
}

// scenarioHistory writes what the exporters of one cluster tell in all windows, in the OpenMetrics text format.
type scenarioHistory struct {
	text    strings.Builder
	windows []scenario
	random  *rand.Rand
}

// write writes a series, of which value returns the sample at a time.
func (h *scenarioHistory) write(family, labels string, value func(c conditions, step float64) float64) {
	for _, w := range h.windows {
		isMissing := w.conditions.isMissing != nil && w.conditions.isMissing(family)
		for t := w.start.Add(-3 * time.Minute); !t.After(w.start.Add(w.length + time.Minute)); t = t.Add(scenarioStep) {
			// the counter goes on where it is not scraped
			if v := value(w.conditions, scenarioStep.Seconds()); !isMissing {
				fmt.Fprintf(&h.text, "%s{%s} %.6g %d\n", family, labels, v, t.Unix())
			}
		}
	}
}

func (h *scenarioHistory) declare(family, kind string) {
	fmt.Fprintf(&h.text, "# TYPE %s %s\n", family, kind)
}

func (h *scenarioHistory) noise() float64 { return 1 + 0.04*h.random.NormFloat64() }

func (h *scenarioHistory) counter(family, labels string, perSecond func(c conditions) float64) {
	total := 0.0
	h.write(family, labels, func(c conditions, step float64) float64 {
		total += perSecond(c) * step * max(h.noise(), 0)
		return math.Round(total*1000) / 1000
	})
}

func (h *scenarioHistory) gauge(family, labels string, value func(c conditions) float64) {
	h.write(family, labels, func(c conditions, _ float64) float64 { return value(c) * h.noise() })
}

func (h *scenarioHistory) constant(family, labels string, value float64) {
	h.write(family, labels, func(conditions, float64) float64 { return value })
}

// latency writes a histogram of latencies whose logarithms are normal around a median.
func (h *scenarioHistory) latency(family, labels string, perSecond float64, median func(c conditions) float64) {
	h.declare(family+"_bucket", "unknown")
	for _, le := range []float64{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, math.Inf(1)} {
		total := 0.0
		bound := fmt.Sprint(le)
		if math.IsInf(le, 1) {
			bound = "+Inf"
		}
		h.write(family+"_bucket", labels+`,le="`+bound+`"`, func(c conditions, step float64) float64 {
			share := 1.0
			if !math.IsInf(le, 1) {
				share = 0.5 * (1 + math.Erf(math.Log(le/median(c))/(0.5*math.Sqrt2)))
			}
			total += perSecond * c.load * step * share
			return math.Round(total*1000) / 1000
		})
	}
}

// scenarioSamples returns the samples of all windows.
func scenarioSamples(windows []scenario) string {
	h := &scenarioHistory{windows: windows, random: rand.New(rand.NewPCG(3, 9))}
	slices.SortFunc(h.windows, func(a, b scenario) int { return a.start.Compare(b.start) })
	scaled := func(at float64) func(conditions) float64 { return func(c conditions) float64 { return at * c.load } }
	never := func(conditions) float64 { return 0 }
	const where = `namespace="payments"`
	for _, s := range []struct {
		family, labels string
		perSecond      func(conditions) float64
	}{
		{"service_requests", where + `,operation="StartWorkflowExecution",service_name="frontend"`, scaled(10)},
		{"workflow_success", where + `,service_name="history",taskqueue="charges"`, scaled(9.7)},
		{"workflow_failed", where + `,service_name="history",taskqueue="charges"`, scaled(0.02)},
		{"state_transition_count_count", where + `,service_name="history"`, scaled(150)},
		{"poll_success", where + `,service_name="matching",taskqueue="charges"`, scaled(60)},
		{"poll_success_sync", where + `,service_name="matching",taskqueue="charges"`, scaled(58.5)},
		{"service_errors_resource_exhausted", where + `,service_name="frontend",resource_exhausted_cause="RpsLimit"`, never},
		{"persistence_error_with_type", where + `,error_type="timeout",service_name="history"`, scaled(0.02)},
		{"dsql_tx_latency_count", `service_name="history"`, scaled(300)},
		{"dsql_tx_conflict_total", `service_name="history"`, func(c conditions) float64 { return 0.5 * c.load * c.conflicts }},
		{"dsql_tx_exhausted_total", `service_name="history"`, never},
		{"dsql_pool_wait_total", `service_name="history"`, scaled(0.1)},
		{"dsql_reservoir_empty_total", `service_name="history"`, never},
		{"dsql_reservoir_refill_failures_total", `service_name="history",reason="rate_limit"`, never},
		{"dsql_token_refresh_failures", `service_name="history"`, never},
		{"dsql_db_closed_max_lifetime_total", `service_name="history"`, func(conditions) float64 { return 0.5 }},
		{"temporal_sticky_cache_total_forced_eviction", where + `,task_queue="charges"`, never},
	} {
		h.declare(s.family, "unknown")
		h.counter(s.family, s.labels, s.perSecond)
	}
	database := func(c conditions) float64 { return 0.012 * c.database }
	waiting := func(c conditions) float64 { return 0.015 * c.wait }
	h.latency("persistence_latency", where+`,operation="UpdateWorkflowExecution",service_name="history"`, 300, database)
	h.latency("task_schedule_to_start_latency", where+`,operation="RecordWorkflowTaskStarted",service_name="history"`, 60, waiting)
	h.latency("task_schedule_to_start_latency", where+`,operation="RecordActivityTaskStarted",service_name="history"`, 40,
		func(conditions) float64 { return 0.02 })
	h.latency("task_dispatch_latency", where+`,service_name="matching",taskqueue="charges"`, 60, func(conditions) float64 { return 0.01 })
	h.latency("semaphore_latency", `operation="ShardInfo",service_name="history"`, 300, func(conditions) float64 { return 0.004 })
	h.latency("task_latency_queue", where+`,service_name="history"`, 300, func(conditions) float64 { return 0.006 })
	for _, s := range []struct {
		family, labels string
		value          func(conditions) float64
	}{
		{"approximate_backlog_count", where + `,service_name="matching",taskqueue="charges"`, func(conditions) float64 { return 5 }},
		{"approximate_backlog_age_seconds", where + `,service_name="matching",taskqueue="charges"`, func(conditions) float64 { return 0.4 }},
		{"dsql_pool_open", `service_name="history"`, func(conditions) float64 { return 600 }},
		{"dsql_pool_in_use", `service_name="history"`, scaled(60)},
		{"dsql_pool_idle", `service_name="history"`, func(c conditions) float64 { return 600 - 60*c.load }},
		{"dsql_reservoir_size", `service_name="history"`, func(conditions) float64 { return 675 }},
		{"memory_heapinuse", `service_name="history"`, func(conditions) float64 { return 900 << 20 }},
	} {
		h.declare(s.family, "gauge")
		h.gauge(s.family, s.labels, s.value)
	}
	for family, value := range map[string]float64{"dsql_pool_max_open": 1200, "dsql_reservoir_target": 600} {
		h.declare(family, "gauge")
		h.constant(family, `service_name="history"`, value)
	}
	for _, s := range []struct {
		family string
		kind   string
		write  func(labels string, use float64, isHistory bool)
	}{
		{"container_cpu_usage_seconds_total", "unknown", func(labels string, use float64, isHistory bool) {
			h.counter("container_cpu_usage_seconds_total", labels, func(c conditions) float64 {
				if isHistory {
					return 2 * use * c.historyCPU * (0.6 + 0.4*c.load)
				}
				return 2 * use * c.otherCPU * (0.6 + 0.4*c.load)
			})
		}},
		{"container_spec_cpu_quota", "gauge", func(labels string, _ float64, _ bool) {
			h.constant("container_spec_cpu_quota", labels, 200000)
		}},
		{"container_spec_cpu_period", "gauge", func(labels string, _ float64, _ bool) {
			h.constant("container_spec_cpu_period", labels, 100000)
		}},
		{"container_memory_working_set_bytes", "gauge", func(labels string, use float64, _ bool) {
			h.gauge("container_memory_working_set_bytes", labels, func(conditions) float64 { return (1 << 30) * use })
		}},
		{"container_spec_memory_limit_bytes", "gauge", func(labels string, _ float64, _ bool) {
			h.constant("container_spec_memory_limit_bytes", labels, 1<<30)
		}},
	} {
		h.declare(s.family, s.kind)
		for service, use := range map[string]float64{"history": 0.45, "matching": 0.3, "frontend": 0.3, "worker": 0.1} {
			s.write(`container="temporal-`+service+`"`, use, service == "history")
		}
	}
	busy := func(at float64) func(conditions) float64 {
		return func(c conditions) float64 {
			if c.slots > 0 {
				return c.slots
			}
			return at * c.load
		}
	}
	h.declare("temporal_worker_task_slots_used", "gauge")
	h.gauge("temporal_worker_task_slots_used", where+`,task_queue="charges",worker_type="WorkflowWorker"`, busy(40))
	h.gauge("temporal_worker_task_slots_used", where+`,task_queue="charges",worker_type="ActivityWorker"`, scaled(40))
	h.declare("temporal_worker_task_slots_available", "gauge")
	h.gauge("temporal_worker_task_slots_available", where+`,task_queue="charges",worker_type="WorkflowWorker"`,
		func(c conditions) float64 { return 200 - busy(40)(c) })
	h.gauge("temporal_worker_task_slots_available", where+`,task_queue="charges",worker_type="ActivityWorker"`,
		func(c conditions) float64 { return 200 - 40*c.load })
	h.declare("temporal_num_pollers", "gauge")
	h.gauge("temporal_num_pollers", where+`,task_queue="charges",poller_type="workflow_task"`, func(conditions) float64 { return 20 })
	h.declare("temporal_sticky_cache_size", "gauge")
	h.gauge("temporal_sticky_cache_size", where+`,task_queue="charges"`, func(conditions) float64 { return 500 })
	h.text.WriteString("# EOF\n")
	return h.text.String()
}

// Each scenario has its health, conformance, candidates and advice, on series that a real Prometheus answers with.
func TestScenarios(t *testing.T) {
	all, earlier := scenarios(), earlierWindows()
	p, err := prometheustest.Start(scenarioSamples(slices.Concat(earlier, all)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	o, kept := parts(t, p.URL, time.Now)
	w := assess.New(o)
	window := func(s scenario) assess.Window {
		return assess.Window{
			ClusterID: "eu", Namespace: "payments", WindowStart: s.start, WindowEnd: s.start.Add(s.length), Preset: "mid-scale",
		}
	}
	for i, s := range earlier {
		m, err := o.Recorder.Create(t.Context(), record.Request{
			Name: s.name, ClusterID: "eu", Namespace: "payments", WindowStart: s.start, WindowEnd: s.start.Add(s.length),
		})
		if err != nil {
			t.Fatal(err)
		}
		if i == len(earlier)-1 {
			if _, err := kept.SetBaseline(t.Context(), m.ID, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	var matrix confusion
	var rows strings.Builder
	for _, s := range all {
		a, _ := assessed(t, w, window(s))
		profile, err := kept.Get(t.Context(), a.ProfileID)
		if err != nil {
			t.Fatal(err)
		}
		advice := adviceOf(t, o, *profile)
		candidates := candidateKeys(a)
		if a.Health != s.health || a.Conformance != s.conformance || !slices.Equal(candidates, s.candidates) ||
			!slices.Equal(advice, s.advice) {
			t.Errorf("%s: %s and %s, want %s and %s; candidates %v, want %v; advice %v, want %v", s.name, a.Health, a.Conformance, s.health,
				s.conformance, candidates, s.candidates, advice, s.advice)
			for _, d := range slices.Concat(a.Drift.Drifted, a.Drift.Unknown) {
				t.Log("  ", d.Sentence)
			}
			for _, r := range a.Promises.MetricResults {
				if r.Result != "pass" {
					t.Log("  ", r.Result, r.Metric, r.Detail)
				}
			}
		}
		found := matrix.count(a.Metrics, s.faults)
		fmt.Fprintf(
			&rows,
			"| %s | %s | %s | %s | %d of %d | %s |\n",
			s.name,
			a.Health,
			a.Conformance,
			join(candidates),
			found,
			len(s.faults),
			join(advice),
		)
	}
	if matrix.missed > 0 || matrix.accused > 0 {
		t.Errorf("the matrix is %+v", matrix)
	}
	compareDocs(t, "| window | health | conformance | candidates | faults found | advice |\n|---|---|---|---|---|---|\n"+rows.String()+
		"\n"+matrix.table())
}

// confusion counts the statuses of metrics by whether the conditions changed them for the worse.
type confusion struct {
	found, missed, lost        int // faults: drifted, steady, unknown
	accused, acquitted, silent int // other metrics: drifted, steady, unknown
}

// count adds the metrics of a window, and returns the number of faults found.
func (c *confusion) count(metrics []assess.Metric, faults []string) (found int) {
	for _, m := range metrics {
		isFault := slices.Contains(faults, m.Metric)
		switch {
		case isFault && m.Status == assess.Drifted:
			c.found++
			found++
		case isFault && m.Status == assess.Steady:
			c.missed++
		case isFault:
			c.lost++
		case m.Status == assess.Drifted:
			c.accused++
		case m.Status == assess.Steady:
			c.acquitted++
		default:
			c.silent++
		}
	}
	return found
}

func (c *confusion) table() string {
	return fmt.Sprintf("| metrics of all windows | drifted | steady | unknown |\n|---|---|---|---|\n| with a fault | %d | %d | %d |\n"+
		"| without | %d | %d | %d |\n", c.found, c.missed, c.lost, c.accused, c.acquitted, c.silent)
}

func join(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// compareDocs compares a table with the one in the documentation, or rewrites that.
func compareDocs(t *testing.T, table string) {
	t.Helper()
	const page, begin, end = "../../../docs/comparing-windows.md", "<!-- scenarios -->\n\n", "\n<!-- end of scenarios -->"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, isThere := strings.Cut(string(data), begin)
	written, after, isEnded := strings.Cut(rest, end)
	if !isThere || !isEnded {
		t.Fatalf("%s has no place for the scenarios", page)
	}
	if written == table {
		return
	}
	if !*update {
		t.Errorf("%s is not up to date: run go test ./internal/profile/assess -run TestScenarios -update; it has\n%s\nnot\n%s", page,
			written, table)
		return
	}
	if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func candidateKeys(a assess.DetailedAssessment) (keys []string) {
	for _, c := range a.Drift.Candidates {
		keys = append(keys, c.Key)
	}
	return keys
}

// adviceOf returns the names of what is proposed, of what guard rails refuse, and of what the evidence speaks against.
func adviceOf(t *testing.T, o assess.Options, p behaviour.Profile) (names []string) {
	t.Helper()
	r, err := o.Assessor.(*verdicts.Assessor).Recommend(t.Context(), p, verdicts.Target{Preset: "mid-scale"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Recommendations {
		names = append(names, x.Name)
	}
	for _, x := range r.Refused {
		names = append(names, "refused: "+x.Name)
	}
	for _, x := range r.Considered {
		names = append(names, "not "+x.Name)
	}
	return names
}
