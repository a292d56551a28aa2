package api

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
)

// Metrics are what the service counts of itself.
type Metrics struct {
	registry         *prometheus.Registry
	requests         *prometheus.HistogramVec // by route, method and status
	inFlight         prometheus.Gauge
	profiles         *prometheus.CounterVec
	upstream         *prometheus.HistogramVec
	upstreamInFlight prometheus.Gauge
	store            *prometheus.HistogramVec
	retries          prometheus.Counter
	standing         *standing
}

// seconds that a request may take: from one that is answered from memory to a
// profile of a slow Prometheus
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// NewMetrics makes them, all zero.
func NewMetrics() *Metrics {
	const namespace = "temporal_dsql"
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "http", Name: "request_duration_seconds", Help: "Requests that were served, by the pattern of their path.", Buckets: seconds,
		}, []string{"route", "method", "code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: "http", Name: "requests_in_flight", Help: "Requests that are being served.",
		}),
		profiles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "profile_requests_total", Help: "Requests for a new profile, by outcome: created, or the kind of problem.",
		}, []string{"outcome"}),
		upstream: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "upstream", Name: "query_duration_seconds", Help: "Requests to Prometheus, each try by itself.", Buckets: seconds,
		}, []string{"code"}),
		upstreamInFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Subsystem: "upstream", Name: "queries_in_flight", Help: "Requests to Prometheus that are not answered yet.",
		}),
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "store", Name: "operation_duration_seconds", Help: "Operations of the store of profiles, by outcome: ok, refused, failed, cancelled.", Buckets: seconds,
		}, []string{"operation", "outcome"}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "store", Name: "occ_retries_total", Help: "Transactions that lost to another one and started anew.",
		}),
		standing: newStanding(namespace),
	}
	m.registry.MustRegister(m.requests, m.inFlight, m.profiles, m.upstream, m.upstreamInFlight, m.store, m.retries, m.standing,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// upstreamOf counts what is asked of a Prometheus through it. What gets no answer
// has no code, and is counted as 0.
func (m *Metrics) upstreamOf(next http.RoundTripper) http.RoundTripper {
	answered := promhttp.InstrumentRoundTripperDuration(m.upstream, next)
	return promhttp.InstrumentRoundTripperInFlight(m.upstreamInFlight, roundTripper(func(r *http.Request) (*http.Response, error) {
		answer, err := answered.RoundTrip(r)
		if err != nil {
			m.upstream.WithLabelValues("0").Observe(0)
		}
		return answer, err
	}))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Registerer takes what else the process counts.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// Retried counts a transaction of the store that starts anew.
func (m *Metrics) Retried() { m.retries.Inc() }

// Assessed shows an assessment as gauges, until there is a newer one.
func (m *Metrics) Assessed(a assess.Detailed) { m.standing.told(a) }

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
