package monitoring

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// latestAssessments exports the newest assessment of each cluster and namespace as gauges:
// one series per status, 1 for the current status.
type latestAssessments struct {
	mu     sync.Mutex
	newest map[[2]string]assess.DetailedAssessment // by cluster and namespace

	health, conformance, drift, assessedAt *prometheus.Desc
}

func newLatestAssessments(namespace string) *latestAssessments {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(
			prometheus.BuildFQName(namespace, "", name),
			help,
			append([]string{"cluster_id", "namespace"}, labels...),
			nil,
		)
	}
	return &latestAssessments{
		newest:      map[[2]string]assess.DetailedAssessment{},
		health:      gauge("health", "Health of a namespace in its last assessment.", "status"),
		conformance: gauge("conformance", "Conformance of a namespace with the promises of its preset.", "preset", "status"),
		drift:       gauge("drift", "Drift of a metric from the baseline of its namespace.", "metric", "status"),
		assessedAt:  gauge("assessed_timestamp_seconds", "End of the window of the last assessment, in seconds since 1970."),
	}
}

// addAssessment stores an assessment unless a newer one is stored.
func (s *latestAssessments) addAssessment(a assess.DetailedAssessment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := [2]string{a.ClusterID, a.Namespace}
	if !s.newest[of].WindowEnd.After(a.WindowEnd) {
		s.newest[of] = a
	}
}

// Describe implements prometheus.Collector.
func (s *latestAssessments) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.health, s.conformance, s.drift, s.assessedAt} {
		to <- d
	}
}

var (
	healthStates      = []string{verdicts.Healthy, verdicts.Degraded, verdicts.Critical, verdicts.Unknown}
	conformanceStates = []string{verdicts.Conforming, verdicts.Drifted, verdicts.Inconclusive}
	driftStates       = []string{assess.Steady, assess.Drifted, assess.Unknown}
)

// Collect implements prometheus.Collector.
func (s *latestAssessments) Collect(to chan<- prometheus.Metric) {
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
		one(s.health, healthStates, a.Health)
		if a.Promises != nil {
			one(s.conformance, conformanceStates, a.Conformance, a.PresetName)
		}
		for _, m := range a.Metrics {
			one(s.drift, driftStates, m.Status, m.Metric)
		}
		to <- prometheus.MustNewConstMetric(s.assessedAt, prometheus.GaugeValue, float64(a.WindowEnd.UnixMilli())/1000, of[0], of[1])
	}
}
