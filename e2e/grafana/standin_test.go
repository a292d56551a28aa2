package grafana

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// exportStandIns exports what cannot be had here, by the names that are documented:
// the metrics of the DSQL plugin (its metrics reference) and of cAdvisor. It holds the
// dashboards to those names; that the plugin has them, it does not.
func exportStandIns(t *testing.T, to *prometheus.Registry, dialect string) {
	t.Helper()
	gauge := func(name string, value float64, labels prometheus.Labels) {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "a stand-in", ConstLabels: labels})
		g.Set(value)
		to.MustRegister(g)
	}
	// a timer, as the server's exporter spells it
	suffix := map[string]string{"tally": "", "opentelemetry": "_milliseconds"}[dialect]
	latency := prometheus.NewHistogramVec(
		prometheus.HistogramOpts{Name: "dsql_tx_latency" + suffix, Help: "a stand-in"},
		[]string{"service_name"},
	)
	to.MustRegister(latency)
	began := time.Now()
	counter := func(name string, perSecond float64, labels prometheus.Labels) {
		to.MustRegister(
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: "a stand-in", ConstLabels: labels}, func() float64 {
				return perSecond * time.Since(began).Seconds()
			}),
		)
	}
	for _, service := range []string{"frontend", "history", "matching", "worker"} {
		of := prometheus.Labels{"service_name": service}
		transact(t, latency.With(of))
		for name, value := range map[string]float64{
			"dsql_pool_max_open": 10, "dsql_pool_open": 10, "dsql_pool_in_use": 4, "dsql_pool_idle": 6,
			"dsql_reservoir_size": 48, "dsql_reservoir_target": 50, "dsql_pool_keeper_current_size": 9,
			"dsql_slot_blocks_slots_used": 60,
		} {
			gauge(name, value, of)
		}
		for name, perSecond := range map[string]float64{
			"dsql_tx_conflict_total": 0.5, "dsql_tx_exhausted_total": 0.01, "dsql_pool_wait_total": 0.2, "dsql_reservoir_empty_total": 0.1,
			// the plugin calls this one a gauge; it only grows
			"dsql_db_closed_max_lifetime_total": 0.1,
		} {
			counter(name, perSecond, of)
		}
		counter("dsql_reservoir_refill_failures_total", 0.02, prometheus.Labels{"service_name": service, "reason": "token_provider"})

		container := prometheus.Labels{"container": "temporal-" + service}
		counter("container_cpu_usage_seconds_total", 0.4, container)
		gauge("container_spec_cpu_quota", 200000, container)
		gauge("container_spec_cpu_period", 100000, container)
		gauge("container_memory_working_set_bytes", 5e8, container)
		gauge("container_spec_memory_limit_bytes", 1e9, container)
	}
}

// transact observes a transaction every tenth of a second until the test ends.
func transact(t *testing.T, latency prometheus.Observer) {
	t.Helper()
	go func() {
		every := time.NewTicker(100 * time.Millisecond)
		defer every.Stop()
		for {
			select {
			case <-t.Context().Done():
				return
			case <-every.C:
				latency.Observe(0.01)
			}
		}
	}()
}
