package profileview

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
)

// metricCategory is a category of metrics, without those outside their bounds.
type metricCategory struct {
	Name    string
	Metrics []metricView
	Missing int
}

// metricView shows one metric.
type metricView struct {
	Key     string // CATEGORY.METRIC[.SERVICE]
	Name    string
	Doc     string
	Better  string
	Unit    string
	Summary behaviour.Summary
	Now     string // median, in large print
	Parts   []namedValue
	Plot    plot.Plot
	Start   string
	End     string
	Text    string // description of the plot
	Scope   string
	Outside string // observed statistic and the bound that it breaks; "" inside the bounds
}

// namedValue is a name with a formatted value.
type namedValue struct{ Name, Value string }

// listMetrics returns the metrics of a profile with plots and promised bounds: those outside the bounds, furthest first,
// and all others by category. The category with the load comes first.
func listMetrics(p *behaviour.Profile, catalogue []registry.Metric, promised promises) (outside []metricView, all []metricCategory) {
	known := metricsByName(catalogue)
	start, seconds := p.WindowStart.Unix(), int64(p.WindowEnd.Sub(p.WindowStart)/time.Second)
	for name, metrics := range p.Telemetry {
		c := metricCategory{Name: name}
		for _, m := range slices.Sorted(maps.Keys(metrics)) {
			s := metrics[m]
			one := newMetricView(name+"."+m, s, known)
			one.Start, one.End = frame.FormatClock(p.WindowStart), frame.FormatClock(p.WindowEnd)
			broken := promised.broken[one.Key]
			if s.Status == behaviour.NoData {
				c.Missing++
			} else {
				one.Plot = plot.Frame{
					Unit:    s.Unit,
					Seconds: seconds,
					Slack:   p.Collection.RateWindow,
					Bounds:  promised.bounds[one.Key],
					Outside: broken.mark,
				}.Draw(plot.Line{Class: "a", Points: plot.RelativePoints(s.Series, start)})
			}
			one.Outside = broken.text
			one.Text = one.describePlot(p.WindowStart, p.WindowEnd)
			if broken.mark.IsSet {
				outside = append(outside, one)
				continue
			}
			c.Metrics = append(c.Metrics, one)
		}
		if len(c.Metrics) == 0 {
			continue
		}
		// metrics with data first
		slices.SortStableFunc(c.Metrics, func(a, b metricView) int { return cmp.Compare(missingRank(a), missingRank(b)) })
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b metricCategory) int {
		return cmp.Or(cmp.Compare(loadRank(a.Name, catalogue), loadRank(b.Name, catalogue)), strings.Compare(a.Name, b.Name))
	})
	slices.SortFunc(outside, func(a, b metricView) int {
		return cmp.Or(cmp.Compare(promised.broken[b.Key].excess, promised.broken[a.Key].excess), strings.Compare(a.Key, b.Key))
	})
	return outside, all
}

func missingRank(m metricView) int {
	if m.Summary.Status == behaviour.NoData {
		return 1
	}
	return 0
}

// loadRank is 0 for the category that measures a cluster's load, else 1.
func loadRank(category string, catalogue []registry.Metric) int {
	for _, m := range catalogue {
		if m.Load == "is" && strings.HasPrefix(m.Name, category+".") {
			return 0
		}
	}
	return 1
}

func metricsByName(catalogue []registry.Metric) map[string]registry.Metric {
	byName := make(map[string]registry.Metric, len(catalogue))
	for _, m := range catalogue {
		byName[m.Name] = m
	}
	return byName
}

// findMetric finds the catalogue's entry of a metric or of a metric per service.
func findMetric(key string, known map[string]registry.Metric) (m registry.Metric, service string) {
	if m, ok := known[key]; ok {
		return m, ""
	}
	parts := strings.SplitN(key, ".", 3)
	if len(parts) == 3 {
		return known[parts[0]+"."+parts[1]], parts[2]
	}
	return registry.Metric{}, ""
}

func newMetricView(key string, s behaviour.Summary, known map[string]registry.Metric) metricView {
	of, service := findMetric(key, known)
	_, name, _ := strings.Cut(key, ".")
	m := metricView{Key: key, Name: frame.FormatHeading(strings.TrimSuffix(name, "."+service)), Doc: of.Doc, Unit: s.Unit, Summary: s,
		Now: plot.FormatNumber(s.P50, s.Unit), Scope: strings.Join(s.Scope, ", ")}
	if service != "" {
		m.Name += ", " + service
	}
	switch of.Polarity {
	case "higher", "lower":
		m.Better = of.Polarity + " is better"
	}
	m.Parts = formatAggregates(s)
	return m
}

// formatAggregates formats all aggregates in one multiple of the unit, so that they
// compare.
func formatAggregates(s behaviour.Summary) []namedValue {
	var most float64
	if s.Max != nil {
		most = *s.Max
	}
	scale := plot.ChooseScale(s.Unit, most)
	var parts []namedValue
	for _, a := range []struct {
		name  string
		value *float64
	}{{"min", s.Min}, {"mean", s.Mean}, {"p50", s.P50}, {"p95", s.P95}, {"p99", s.P99}, {"max", s.Max}} {
		text := "–"
		if a.value != nil {
			text = scale.Format(*a.value)
			if scale.Unit == "%" {
				text += " %"
			}
		}
		parts = append(parts, namedValue{a.name, text})
	}
	return parts
}

// describePlot describes the plot in words.
func (m metricView) describePlot(start, end time.Time) string {
	if m.Summary.Status == behaviour.NoData {
		return fmt.Sprintf("%s: no data: %s", m.Name, m.Summary.Reason)
	}
	s := m.Summary
	text := fmt.Sprintf(
		"%s from %s to %s UTC: %d of %d samples, lowest %s, median %s, 95th percentile %s, highest %s.",
		m.Name,
		frame.FormatClock(start),
		frame.FormatClock(end),
		s.Samples,
		s.Expected,
		plot.FormatNumber(s.Min, s.Unit),
		plot.FormatNumber(s.P50, s.Unit),
		plot.FormatNumber(s.P95, s.Unit),
		plot.FormatNumber(s.Max, s.Unit),
	)
	if m.Outside != "" {
		text += " Outside its bounds: " + m.Outside + "."
	}
	return text
}

// MetricColumn shows one key metric of each profile.
type MetricColumn struct{ Key, Name, Unit string }

// KeyMetrics returns the first critical metric of each category, in the order of a
// profile's page.
func KeyMetrics(catalogue []registry.Metric) []MetricColumn {
	var found []MetricColumn
	seen := map[string]bool{}
	for _, rank := range []int{0, 1} {
		for _, m := range catalogue {
			category, name, _ := strings.Cut(m.Name, ".")
			if m.Critical && !seen[category] && loadRank(category, catalogue) == rank {
				seen[category] = true
				found = append(found, MetricColumn{m.Name, frame.FormatHeading(name), m.Unit})
			}
		}
	}
	return found
}
