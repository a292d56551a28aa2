package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// LoadChange compares the loads of two profiles.
type LoadChange struct {
	Metric string  `json:"metric"` // metric that measures the load
	Unit   string  `json:"unit"`
	Old    float64 `json:"old_value"`
	New    float64 `json:"new_value"`
	// new by old; null if the old load is zero
	Ratio *float64 `json:"ratio" jsonschema:"nullable"`
	// whether the load changed by a practical amount that is unlikely to be chance, or by a large ratio
	HasChanged bool `json:"has_changed"`
}

// loadMeasure is the metric by which the loads of two profiles are compared.
type loadMeasure struct {
	metric   string // "" means that no metric measures both loads
	rank     int
	old, now *float64
}

// of returns the load by this measure, or nil.
func (m loadMeasure) of(loads []*float64) *float64 {
	if m.metric == "" {
		return nil
	}
	return loads[m.rank]
}

// loadsOf returns a profile's load by each measure, best first. Nil means unknown.
func (c *Comparer) loadsOf(p behaviour.Profile) []*float64 {
	all := make([]*float64, len(c.loads))
	for i, name := range c.loads {
		category, metric, _ := strings.Cut(name, ".")
		all[i] = p.Telemetry[category][metric].Mean
	}
	return all
}

// chooseLoad returns the best measure that both profiles have. A load of zero in both serves only if no other does.
func (c *Comparer) chooseLoad(a, b behaviour.Profile) (chosen loadMeasure) {
	old, now := c.loadsOf(a), c.loadsOf(b)
	for i, name := range c.loads {
		if old[i] == nil || now[i] == nil {
			continue
		}
		if *old[i] > 0 || *now[i] > 0 {
			return loadMeasure{name, i, old[i], now[i]}
		}
		if chosen.metric == "" {
			chosen = loadMeasure{name, i, old[i], now[i]}
		}
	}
	return chosen
}

// loadChangeIn returns the change of the load, or nil if it is unknown. A large ratio is a change however usual it is.
func (m loadMeasure) loadChangeIn(diffs []TelemetryDiff, largeRatio float64) *LoadChange {
	if m.metric == "" {
		return nil
	}
	l := LoadChange{Metric: m.metric, Old: *m.old, New: *m.now}
	if l.Old > 0 {
		ratio := l.New / l.Old
		l.Ratio = &ratio
	}
	for _, d := range diffs {
		if d.Metric == l.Metric {
			l.Unit, l.HasChanged = d.Unit, d.Evidence.HasMoved
		}
	}
	if l.Ratio != nil && (*l.Ratio >= largeRatio || *l.Ratio <= 1/largeRatio) {
		l.HasChanged = true
	}
	return &l
}

// loadNotes reports a load that is unknown or zero, so that metrics that scale with it cannot be judged.
func (c Comparison) loadNotes() []string {
	switch {
	case c.Verdicts[judge.NoData] == len(c.TelemetryDiffs):
	case c.Load == nil:
		return []string{"the load is unknown: metrics that scale with it are inconclusive"}
	case c.Load.Old == 0 || c.Load.New == 0:
		return []string{
			fmt.Sprintf("the load (%s) is zero in at least one window: metrics that scale with it are inconclusive", c.Load.Metric),
		}
	}
	return nil
}

// loadMeasures returns the metrics that can measure the load, best first.
func loadMeasures(metrics []registry.Metric) []string {
	able := slices.DeleteFunc(slices.Clone(metrics), func(m registry.Metric) bool { return m.MeasuresLoad == 0 })
	slices.SortStableFunc(able, func(x, y registry.Metric) int { return cmp.Compare(x.MeasuresLoad, y.MeasuresLoad) })
	names := make([]string, len(able))
	for i, m := range able {
		names[i] = m.Name
	}
	return names
}
