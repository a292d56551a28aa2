package pages

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// The day of the history, and its windows: the morning runs as it should; after
// noon the database is slower, the reservoir empties, and an exporter is away for
// ten minutes.
var (
	day       = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	morning   = [2]time.Time{day.Add(9 * time.Hour), day.Add(10 * time.Hour)}
	afternoon = [2]time.Time{day.Add(14 * time.Hour), day.Add(15 * time.Hour)}
)

const every = 15 * time.Second

// A cluster is what the exporters of one tell, sample by sample.
type cluster struct {
	text strings.Builder
	rng  *rand.Rand
}

// history is a day of a cluster in the OpenMetrics text format.
func history() string {
	c := &cluster{rng: rand.New(rand.NewPCG(7, 7))}
	trouble := func(t time.Time) float64 {
		if t.Hour() >= 12 {
			return 1
		}
		return 0
	}
	wave := func(t time.Time) float64 {
		s := t.Sub(day).Seconds()
		return 1 + 0.12*math.Sin(s/700) + 0.05*math.Sin(s/97)
	}
	rate := func(at float64) func(time.Time) float64 {
		return func(t time.Time) float64 { return at * wave(t) * (1 + 0.06*c.rng.NormFloat64()) }
	}
	const where = `namespace="payments"`
	c.counter("service_requests", where+`,operation="StartWorkflowExecution",service_name="frontend"`, rate(10))
	c.counter("workflow_success", where+`,service_name="history",taskqueue="charges"`, rate(9.7))
	c.counter(
		"workflow_failed",
		where+`,service_name="history",taskqueue="charges"`,
		func(t time.Time) float64 { return 0.02 + 0.25*trouble(t) },
	)
	c.counter("state_transition_count_count", where+`,service_name="history"`, rate(152))
	c.counter("poll_success", where+`,service_name="matching",taskqueue="charges"`, rate(60))
	c.counter(
		"poll_success_sync",
		where+`,service_name="matching",taskqueue="charges"`,
		func(t time.Time) float64 { return 60 * wave(t) * (0.97 - 0.18*trouble(t)) },
	)
	for _, h := range []struct {
		name, labels string
		perSecond    float64
		median       func(time.Time) float64
	}{
		{
			"task_schedule_to_start_latency",
			where + `,operation="RecordWorkflowTaskStarted",service_name="history"`, 60,
			func(t time.Time) float64 { return 0.012 + 0.05*trouble(t) },
		},
		{
			"task_schedule_to_start_latency",
			where + `,operation="RecordActivityTaskStarted",service_name="history"`, 40,
			func(t time.Time) float64 { return 0.018 + 0.06*trouble(t) },
		},
		{
			"persistence_latency", where + `,operation="UpdateWorkflowExecution",service_name="history"`, 300,
			func(t time.Time) float64 { return 0.008 + 0.014*trouble(t) },
		},
		{
			"task_dispatch_latency", where + `,service_name="matching",taskqueue="charges"`, 60,
			func(t time.Time) float64 { return 0.01 + 0.03*trouble(t) },
		},
	} {
		c.histogram(h.name, h.labels, h.perSecond, func(t time.Time) float64 { return h.median(t) * wave(t) })
	}
	c.gauge("approximate_backlog_count", where+`,service_name="matching",taskqueue="charges"`, func(t time.Time) float64 {
		return math.Round(max(0, 20*wave(t)+600*trouble(t)*wave(t)))
	})
	c.gauge(
		"approximate_backlog_age_seconds",
		where+`,service_name="matching",taskqueue="charges"`,
		func(t time.Time) float64 { return 0.4 + 14*trouble(t)*wave(t) },
	)
	away := func(t time.Time) bool {
		return t.After(afternoon[0].Add(20*time.Minute)) && t.Before(afternoon[0].Add(32*time.Minute))
	}
	c.gauge("dsql_pool_open", `service_name="history"`, unless(away, func(time.Time) float64 { return 600 }))
	c.gauge("dsql_pool_in_use", `service_name="history"`, unless(away, func(t time.Time) float64 {
		return math.Round((180 + 210*trouble(t)) * wave(t) * (1 + 0.1*c.rng.NormFloat64()))
	}))
	c.gauge(
		"dsql_pool_idle",
		`service_name="history"`,
		unless(away, func(t time.Time) float64 { return math.Round((420 - 210*trouble(t)) * wave(t)) }),
	)
	c.gauge(
		"dsql_reservoir_size",
		`service_name="history"`,
		unless(away, func(t time.Time) float64 { return math.Round((48 - 35*trouble(t)) * wave(t)) }),
	)
	for name, at := range map[string][2]float64{
		"dsql_pool_wait_total": {0.2, 6}, "dsql_reservoir_empty_total": {0, 1.4}, "dsql_db_closed_max_lifetime_total": {0.9, 1.1},
		"dsql_tx_conflict_total": {0.6, 2.8}, "dsql_tx_exhausted_total": {0, 0.12},
	} {
		c.counter(name, `service_name="history"`, func(t time.Time) float64 { return (at[0] + (at[1]-at[0])*trouble(t)) * wave(t) })
	}
	// this one is not exported before it happens first
	refused := 0.0
	c.series(
		"dsql_reservoir_refill_failures_total",
		"unknown",
		`service_name="history",reason="token_provider"`,
		func(t time.Time) float64 {
			if trouble(t) == 0 {
				return missing
			}
			refused += 0.02 * every.Seconds()
			return refused
		},
	)
	c.counter(
		"dsql_reservoir_refill_failures_total",
		`service_name="history",reason="rate_limit"`,
		func(t time.Time) float64 { return 0.08 * trouble(t) },
	)
	c.counter(
		"persistence_error_with_type",
		where+`,error_type="timeout",service_name="history"`,
		func(t time.Time) float64 { return (0.02 + 0.3*trouble(t)) * wave(t) },
	)
	for service, use := range map[string]float64{"history": 0.55, "matching": 0.35, "frontend": 0.3, "worker": 0.1} {
		of := fmt.Sprintf("container=%q", "temporal-"+service)
		c.counter("container_cpu_usage_seconds_total", of, func(t time.Time) float64 { return 2 * (use + 0.25*trouble(t)) * wave(t) })
		c.gauge("container_spec_cpu_quota", of, func(time.Time) float64 { return 200000 })
		c.gauge("container_spec_cpu_period", of, func(time.Time) float64 { return 100000 })
		c.gauge(
			"container_memory_working_set_bytes",
			of,
			func(t time.Time) float64 { return math.Round((1 << 30) * (use + 0.1*trouble(t)) * wave(t)) },
		)
		c.gauge("container_spec_memory_limit_bytes", of, func(time.Time) float64 { return 1 << 30 })
	}
	for service, heap := range map[string]float64{"history": 900 << 20, "matching": 300 << 20, "frontend": 260 << 20, "worker": 120 << 20} {
		c.gauge("memory_heapinuse", fmt.Sprintf("service_name=%q", service), func(t time.Time) float64 {
			return math.Round(heap * (1 + 0.2*math.Mod(t.Sub(day).Seconds(), 240)/240))
		})
	}
	c.gauge(
		"temporal_worker_task_slots_used",
		where+`,task_queue="charges",worker_type="WorkflowWorker"`,
		func(t time.Time) float64 { return math.Round((60 + 70*trouble(t)) * wave(t)) },
	)
	c.gauge(
		"temporal_worker_task_slots_available",
		where+`,task_queue="charges",worker_type="WorkflowWorker"`,
		func(t time.Time) float64 { return math.Round((140 - 70*trouble(t)) * (2 - wave(t))) },
	)
	c.text.WriteString("# EOF\n")
	return c.text.String()
}

// missing is of a sample that an exporter does not give.
var missing = math.NaN()

func unless(away func(time.Time) bool, value func(time.Time) float64) func(time.Time) float64 {
	return func(t time.Time) float64 {
		if away(t) {
			return missing
		}
		return value(t)
	}
}

// times are those of the samples: the windows, with what rates look back on.
func times(each func(time.Time)) {
	for _, w := range [][2]time.Time{morning, afternoon} {
		for t := w[0].Add(-10 * time.Minute); !t.After(w[1].Add(2 * time.Minute)); t = t.Add(every) {
			each(t)
		}
	}
}

func (c *cluster) sample(name, labels string, value float64, t time.Time) {
	if !math.IsNaN(value) {
		fmt.Fprintf(&c.text, "%s{%s} %v %d\n", name, labels, value, t.Unix())
	}
}

func (c *cluster) series(name, kind, labels string, value func(time.Time) float64) {
	fmt.Fprintf(&c.text, "# TYPE %s %s\n", name, kind)
	times(func(t time.Time) { c.sample(name, labels, value(t), t) })
}

func (c *cluster) gauge(name, labels string, value func(time.Time) float64) {
	c.series(name, "gauge", labels, value)
}

func (c *cluster) counter(name, labels string, perSecond func(time.Time) float64) {
	total := 0.0
	c.series(name, "unknown", labels, func(t time.Time) float64 {
		total += perSecond(t) * every.Seconds()
		return total
	})
}

// histogram is of latencies whose logarithms are normal around a median.
func (c *cluster) histogram(name, labels string, perSecond float64, median func(time.Time) float64) {
	fmt.Fprintf(&c.text, "# TYPE %s_bucket unknown\n", name)
	bounds := []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, math.Inf(1)}
	totals := make([]float64, len(bounds))
	times(func(t time.Time) {
		m := median(t) * (1 + 0.05*c.rng.NormFloat64())
		for i, le := range bounds {
			share := 1.0
			if !math.IsInf(le, 1) {
				share = 0.5 * (1 + math.Erf(math.Log(le/m)/(0.7*math.Sqrt2)))
			}
			totals[i] += perSecond * every.Seconds() * share
			text := "+Inf"
			if !math.IsInf(le, 1) {
				text = fmt.Sprint(le)
			}
			c.sample(name+"_bucket", labels+fmt.Sprintf(",le=%q", text), totals[i], t)
		}
	})
}
