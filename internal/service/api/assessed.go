package api

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// standing is the newest assessment of each cluster and namespace, as gauges: one
// series a status, 1 for the one that holds. A scrape sees one whole.
type standing struct {
	mu     sync.Mutex
	newest map[[2]string]assess.Detailed // by cluster and namespace

	health, conformance, drift, at *prometheus.Desc
}

func newStanding(namespace string) *standing {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, append([]string{"cluster_id", "namespace"}, labels...), nil)
	}
	return &standing{
		newest:      map[[2]string]assess.Detailed{},
		health:      gauge("health", "Health of a namespace in its last assessment.", "status"),
		conformance: gauge("conformance", "Whether a namespace conforms to its preset.", "preset", "status"),
		drift:       gauge("drift", "Whether a metric has left the baseline of its namespace.", "metric", "status"),
		at:          gauge("assessed_timestamp_seconds", "End of the window of the last assessment, in seconds since 1970."),
	}
}

// told remembers an assessment, unless a newer one is known.
func (s *standing) told(a assess.Detailed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := [2]string{a.ClusterID, a.Namespace}
	if !s.newest[of].WindowEnd.After(a.WindowEnd) {
		s.newest[of] = a
	}
}

// Describe is what Prometheus asks for.
func (s *standing) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.health, s.conformance, s.drift, s.at} {
		to <- d
	}
}

var (
	healths      = []string{verdicts.Healthy, verdicts.Degraded, verdicts.Critical, verdicts.Unknown}
	conformances = []string{verdicts.Conforming, verdicts.Drifted, verdicts.Inconclusive}
	drifts       = []string{assess.Steady, assess.Drifted, assess.Unknown}
)

// Collect is what Prometheus asks for.
func (s *standing) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for of, a := range s.newest {
		one := func(d *prometheus.Desc, statuses []string, holds string, labels ...string) {
			for _, status := range statuses {
				value := 0.0
				if status == holds {
					value = 1
				}
				to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append(append([]string{of[0], of[1]}, labels...), status)...)
			}
		}
		one(s.health, healths, a.Health)
		if a.Promises != nil {
			one(s.conformance, conformances, a.Conformance, a.PresetName)
		}
		for _, m := range a.Metrics {
			one(s.drift, drifts, m.Status, m.Metric)
		}
		to <- prometheus.MustNewConstMetric(s.at, prometheus.GaugeValue, float64(a.WindowEnd.UnixMilli())/1000, of[0], of[1])
	}
}
