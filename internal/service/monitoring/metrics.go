// Package monitoring watches the service itself: metrics, traces and a log of its requests, its store operations and its
// queries to Prometheus.
package monitoring

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
)

// Metrics are the service's own Prometheus metrics.
type Metrics struct {
	registry         *prometheus.Registry
	requests         *prometheus.HistogramVec // by route, method and status
	inFlight         prometheus.Gauge
	profiles         *prometheus.CounterVec
	upstream         *prometheus.HistogramVec
	upstreamInFlight prometheus.Gauge
	store            *prometheus.HistogramVec
	retries          prometheus.Counter
	latest           *latestAssessments
}

// durationBuckets are histogram buckets in seconds, from an answer from memory to a profile
// of a slow Prometheus.
var durationBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// NewMetrics returns metrics that are all zero.
func NewMetrics() *Metrics {
	const namespace = "temporal_dsql"
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "http", Name: "request_duration_seconds", Help: "Duration of requests by route.",
			Buckets: durationBuckets,
		}, []string{"route", "method", "code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: "http", Name: "requests_in_flight", Help: "Requests in flight.",
		}),
		profiles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "profile_requests_total",
			Help:      "Requests for a new profile by outcome: created, or the kind of problem.",
		}, []string{"outcome"}),
		upstream: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace,
			Subsystem: "upstream",
			Name:      "query_duration_seconds",
			Help:      "Duration of requests to Prometheus, per attempt.",
			Buckets:   durationBuckets,
		}, []string{"code"}),
		upstreamInFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: "upstream", Name: "queries_in_flight", Help: "Requests to Prometheus in flight.",
		}),
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "store", Name: "operation_duration_seconds",
			Help: "Duration of store operations by outcome: ok, refused, failed, cancelled.", Buckets: durationBuckets,
		}, []string{"operation", "outcome"}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "store", Name: "occ_retries_total", Help: "Transactions that were retried after a conflict.",
		}),
		latest: newLatestAssessments(namespace),
	}
	m.registry.MustRegister(m.requests, m.inFlight, m.profiles, m.upstream, m.upstreamInFlight, m.store, m.retries, m.latest,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// instrumentUpstream counts the queries that are sent to a Prometheus. A query without an
// answer is counted with code 0.
func (m *Metrics) instrumentUpstream(next http.RoundTripper) http.RoundTripper {
	answered := promhttp.InstrumentRoundTripperDuration(m.upstream, next)
	return promhttp.InstrumentRoundTripperInFlight(m.upstreamInFlight, roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		answer, err := answered.RoundTrip(r)
		if err != nil {
			m.upstream.WithLabelValues("0").Observe(0)
		}
		return answer, err
	}))
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Registerer returns the registry for further metrics of the process.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// CountRetry counts a retried transaction of the store.
func (m *Metrics) CountRetry() { m.retries.Inc() }

// CountProfileRequest counts a request for a new profile by its outcome: created, or the kind of problem.
func (m *Metrics) CountProfileRequest(outcome string) { m.profiles.WithLabelValues(outcome).Inc() }

// RecordAssessment exports an assessment as gauges until a newer one replaces it.
func (m *Metrics) RecordAssessment(a assess.DetailedAssessment) { m.latest.addAssessment(a) }

// ScrapeHandler returns the handler that a Prometheus scrapes.
func (m *Metrics) ScrapeHandler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
