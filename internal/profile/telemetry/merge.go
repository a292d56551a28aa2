package telemetry

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Merge adds what another source has collected over the same window. A metric that has data already stays as it is.
func (r *Result) Merge(other *Result) {
	for category, metrics := range other.Telemetry {
		if r.Telemetry[category] == nil {
			r.Telemetry[category] = map[string]behaviour.Summary{}
		}
		into := r.Telemetry[category]
		hasData, isListed := map[string]bool{}, map[string]bool{}
		for name, s := range into {
			metric, _, _ := strings.Cut(name, ".")
			isListed[metric] = true
			hasData[metric] = hasData[metric] || s.Status != behaviour.NoData
		}
		for name, s := range metrics {
			metric, _, _ := strings.Cut(name, ".")
			if hasData[metric] || isListed[metric] && s.Status == behaviour.NoData {
				continue
			}
			delete(into, metric) // the reason why there was no data
			into[name] = s
		}
	}
	r.Collection.Partial = r.Collection.Partial || other.Collection.Partial
	r.Collection.Failed = append(r.Collection.Failed, other.Collection.Failed...)
}
