package telemetry_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// The Prometheus that all tests ask, and the catalogue that they ask it for.
var (
	prometheus *prometheustest.Server
	catalogue  []telemetry.Metric
)

func TestMain(m *testing.M) {
	os.Exit(prometheustest.Main(m, history(), func(p *prometheustest.Server) error {
		prometheus = p
		// a case takes some hundred queries
		if err := rapidtest.CheckFewer(4); err != nil {
			return err
		}
		engine, err := compile.New("../../..")
		if err != nil {
			return err
		}
		catalogue, err = engine.CollectedMetrics()
		catalogue = slices.DeleteFunc(catalogue, func(m telemetry.Metric) bool { return !m.IsScraped() })
		return err
	}))
}

// The window that the history covers, with a few minutes on each side.
var (
	start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	end   = start.Add(time.Hour)
)

// isNear reports whether two numbers are the same but for rounding, which differs
// between versions of Prometheus.
func isNear(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }

// history is that of two clusters, which differ in a label: one exports by tally,
// one by OpenTelemetry. A sample every 15 s, and rates that never change, so that
// every number can be told by hand.
func history() string {
	var text strings.Builder
	family := func(name, kind string) { fmt.Fprintf(&text, "# TYPE %s %s\n", name, kind) }
	// each sample is value(seconds since the start)
	sampled := func(from, until time.Time, series string, value func(seconds float64) float64) {
		for t := from; !t.After(until); t = t.Add(15 * time.Second) {
			fmt.Fprintf(&text, "%s %v %d\n", series, value(t.Sub(start).Seconds()), t.Unix())
		}
	}
	before, after := start.Add(-10*time.Minute), end.Add(5*time.Minute)
	all := func(series string, value func(float64) float64) { sampled(before, after, series, value) }
	// counters start at 0 ten minutes before the window
	counter := func(series string, perSecond float64) {
		all(series, func(s float64) float64 { return perSecond * (s + 600) })
	}
	level := func(series string, value float64) { all(series, func(float64) float64 { return value }) }

	for _, cluster := range []struct{ name, counter, histogram string }{{"t", "", ""}, {"o", "_total", "_ratio"}} {
		of := func(labels string) string { return fmt.Sprintf("{cluster=%q,%s}", cluster.name, labels) }
		kind := map[string]string{"": "unknown", "_total": "counter"}[cluster.counter]
		family("service_requests", kind)
		namespace := map[string]string{"t": "payments_eu", "o": "payments-eu"}[cluster.name]
		counter(
			"service_requests"+cluster.counter+of(`namespace="`+namespace+`",operation="StartWorkflowExecution",service_name="frontend"`),
			10,
		)
		counter("service_requests"+cluster.counter+of(`namespace="other",operation="StartWorkflowExecution",service_name="frontend"`), 30)
		counter("service_requests"+cluster.counter+of(`namespace="other",operation="PollWorkflowTaskQueue",service_name="frontend"`), 500)
		// of ten polls eight are matched at once; in the other cluster nobody polls
		polls := map[string]float64{"t": 10}[cluster.name]
		family("poll_success", kind)
		counter("poll_success"+cluster.counter+of(`namespace="other",taskqueue="orders",service_name="matching"`), polls)
		family("poll_success_sync", kind)
		counter("poll_success_sync"+cluster.counter+of(`namespace="other",taskqueue="orders",service_name="matching"`), 0.8*polls)
		family("state_transition_count"+cluster.histogram, "unknown")
		counter("state_transition_count"+cluster.histogram+"_count"+of(`namespace="other",service_name="history"`), 150)
	}
	// 80 of 100 workflow tasks start within 0.1 s and all within 0.2 s
	family("task_schedule_to_start_latency", "unknown")
	for le, perSecond := range map[string]float64{"0.1": 80, "0.2": 100, "+Inf": 100} {
		counter(
			`task_schedule_to_start_latency_bucket{cluster="t",operation="RecordWorkflowTaskStarted",namespace="other",taskqueue="orders",le="`+le+
				`"}`,
			perSecond,
		)
	}
	// a backlog that grows by a task each second, in two partitions
	family("approximate_backlog_count", "gauge")
	for _, partition := range []string{"0", "1"} {
		all(
			`approximate_backlog_count{cluster="t",namespace="other",taskqueue="orders",partition="`+partition+`"}`,
			func(s float64) float64 { return max(0, s) },
		)
	}
	// a reservoir that was there until half past
	family("dsql_reservoir_size", "gauge")
	sampled(
		before,
		start.Add(30*time.Minute),
		`dsql_reservoir_size{cluster="t",service_name="history"}`,
		func(float64) float64 { return 50 },
	)
	family("dsql_pool_open", "gauge")
	level(`dsql_pool_open{cluster="t",service_name="history"}`, 50)
	level(`dsql_pool_open{cluster="t",service_name="matching"}`, 0)
	// history takes half of its two cores, matching a tenth of its one
	family("container_cpu_usage_seconds", "counter")
	counter(`container_cpu_usage_seconds_total{cluster="t",container="temporal-history"}`, 1)
	counter(`container_cpu_usage_seconds_total{cluster="t",container="matching"}`, 0.1)
	family("container_spec_cpu_quota", "gauge")
	level(`container_spec_cpu_quota{cluster="t",container="temporal-history"}`, 200000)
	level(`container_spec_cpu_quota{cluster="t",container="matching"}`, 100000)
	family("container_spec_cpu_period", "gauge")
	level(`container_spec_cpu_period{cluster="t",container="temporal-history"}`, 100000)
	level(`container_spec_cpu_period{cluster="t",container="matching"}`, 100000)
	// on ECS two tasks of history take three of their eight cores; the collector's family is another
	for name, tasks := range map[string]map[string]float64{
		"ecs_task_cpu_usage_vcpu_vCPU":       {"prod-history 1": 1, "prod-history 2": 2, "prod-matching 3": 0.5, "collector 4": 9},
		"ecs_task_cpu_reserved_vCPU":         {"prod-history 1": 4, "prod-history 2": 4, "prod-matching 3": 2, "collector 4": 9},
		"ecs_task_memory_utilized_Megabytes": {"prod-history 1": 1024, "prod-history 2": 3072},
		"ecs_task_memory_reserved_Megabytes": {"prod-history 1": 4096, "prod-history 2": 4096},
	} {
		fmt.Fprintf(&text, "# TYPE %s gauge\n", name)
		for task, value := range tasks {
			of, id, _ := strings.Cut(task, " ")
			level(fmt.Sprintf(`%s{cluster="e",aws_ecs_task_family=%q,aws_ecs_task_id=%q}`, name, of, id), value)
		}
	}
	// of three processes of history one comes back at half past and one is replaced;
	// matching's stays, and nobody knows of frontend's what was before
	family("persistence_requests", "unknown")
	lives := func(service, instance string, from, until time.Time) {
		sampled(
			from,
			until,
			fmt.Sprintf(
				`persistence_requests{cluster="t",operation="UpsertClusterMembership",service_name=%q,instance=%q}`,
				service,
				instance,
			),
			func(s float64) float64 {
				return 1 + math.Floor((s-from.Sub(start).Seconds())/10)
			},
		)
	}
	half := start.Add(30 * time.Minute)
	lives("history", "10.0.0.1", before, after)
	lives("history", "10.0.0.2", before, half)
	lives("history", "10.0.0.2", half.Add(45*time.Second), after)
	lives("history", "10.0.0.3", before, half)
	lives("history", "10.0.0.4", half.Add(15*time.Second), after)
	lives("matching", "10.0.0.5", before, after)
	lives("frontend", "10.0.0.6", half, after)
	// a task queue whose name needs every escape there is
	family("temporal_worker_task_slots_used", "gauge")
	level(`temporal_worker_task_slots_used{cluster="t",namespace="n",task_queue="a\"b\\c d|.*"}`, 30)
	level(`temporal_worker_task_slots_used{cluster="t",namespace="n",task_queue="plain"}`, 100)
	family("temporal_worker_task_slots_available", "gauge")
	level(`temporal_worker_task_slots_available{cluster="t",namespace="n",task_queue="a\"b\\c d|.*"}`, 70)
	level(`temporal_worker_task_slots_available{cluster="t",namespace="n",task_queue="plain"}`, 0)
	// the server's own workers do not count, whichever exporter writes their names
	for _, own := range []string{`"temporal_system",task_queue="default_worker_tq"`, `"n",task_queue="temporal-sys-per-ns-tq"`} {
		level(`temporal_worker_task_slots_available{cluster="t",namespace=`+own+`}`, 1000)
	}
	text.WriteString("# EOF\n")
	return text.String()
}
