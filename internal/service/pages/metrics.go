package pages

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A category of metrics as a page shows it.
type category struct {
	Name    string
	Metrics []metric
	Missing int
}

// A metric as a page shows it.
type metric struct {
	Key     string // CATEGORY.METRIC[.SERVICE]
	Name    string
	Doc     string
	Better  string
	Unit    string
	Summary behaviour.Summary
	Now     string // the median, which stands large
	Parts   []part
	Plot    plot
	Start   string
	End     string
	Text    string // what the plot shows, in words
	Scope   string
}

// A part is an aggregate.
type part struct{ Name, Value string }

// categories are the metrics of a profile, each with its plot and what is promised of it. What the
// catalogue calls the load comes first.
func categories(p *behaviour.Profile, catalogue []compile.Metric, promised map[string][]float64) []category {
	known := known(catalogue)
	start, seconds := p.WindowStart.Unix(), int64(p.WindowEnd.Sub(p.WindowStart)/time.Second)
	var all []category
	for name, metrics := range p.Telemetry {
		c := category{Name: name}
		for _, m := range slices.Sorted(maps.Keys(metrics)) {
			s := metrics[m]
			one := newMetric(name+"."+m, s, known)
			one.Start, one.End = clock(p.WindowStart), clock(p.WindowEnd)
			if s.Status == behaviour.NoData {
				c.Missing++
			} else {
				one.Plot = frame{unit: s.Unit, seconds: seconds, slack: p.Collection.RateWindow, bounds: promised[one.Key]}.draw(line{"a", relative(s.Series, start)})
			}
			one.Text = one.words(p.WindowStart, p.WindowEnd)
			c.Metrics = append(c.Metrics, one)
		}
		// what there is comes before what is missing
		slices.SortStableFunc(c.Metrics, func(a, b metric) int { return cmp.Compare(missing(a), missing(b)) })
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b category) int {
		return cmp.Or(cmp.Compare(notLoad(a.Name, catalogue), notLoad(b.Name, catalogue)), strings.Compare(a.Name, b.Name))
	})
	return all
}

func missing(m metric) int {
	if m.Summary.Status == behaviour.NoData {
		return 1
	}
	return 0
}

// notLoad is 0 for the category that has the load of a cluster.
func notLoad(category string, catalogue []compile.Metric) int {
	for _, m := range catalogue {
		if m.Load == "is" && strings.HasPrefix(m.Name, category+".") {
			return 0
		}
	}
	return 1
}

func known(catalogue []compile.Metric) map[string]compile.Metric {
	byName := make(map[string]compile.Metric, len(catalogue))
	for _, m := range catalogue {
		byName[m.Name] = m
	}
	return byName
}

// lookup finds the catalogue's entry of a metric, which may be one of a service.
func lookup(key string, known map[string]compile.Metric) (m compile.Metric, service string) {
	if m, ok := known[key]; ok {
		return m, ""
	}
	parts := strings.SplitN(key, ".", 3)
	if len(parts) == 3 {
		return known[parts[0]+"."+parts[1]], parts[2]
	}
	return compile.Metric{}, ""
}

func newMetric(key string, s behaviour.Summary, known map[string]compile.Metric) metric {
	of, service := lookup(key, known)
	_, name, _ := strings.Cut(key, ".")
	m := metric{Key: key, Name: humane(strings.TrimSuffix(name, "."+service)), Doc: of.Doc, Unit: s.Unit, Summary: s, Now: number(s.P50, s.Unit), Scope: strings.Join(s.Scope, ", ")}
	if service != "" {
		m.Name += ", " + service
	}
	switch of.Polarity {
	case "higher", "lower":
		m.Better = of.Polarity + " is better"
	}
	m.Parts = aggregates(s)
	return m
}

// aggregates are written in one multiple of the unit, so that they compare.
func aggregates(s behaviour.Summary) []part {
	var most float64
	if s.Max != nil {
		most = *s.Max
	}
	scale := scaleOf(s.Unit, most)
	var parts []part
	for _, a := range []struct {
		name  string
		value *float64
	}{{"min", s.Min}, {"mean", s.Mean}, {"p50", s.P50}, {"p95", s.P95}, {"p99", s.P99}, {"max", s.Max}} {
		text := "–"
		if a.value != nil {
			text = scale.text(*a.value)
			if scale.unit == "%" {
				text += " %"
			}
		}
		parts = append(parts, part{a.name, text})
	}
	return parts
}

// words say what a plot shows.
func (m metric) words(start, end time.Time) string {
	if m.Summary.Status == behaviour.NoData {
		return fmt.Sprintf("%s: no data, because %s", m.Name, m.Summary.Reason)
	}
	s := m.Summary
	return fmt.Sprintf("%s from %s to %s UTC: %d of %d samples, lowest %s, median %s, 95th percentile %s, highest %s.",
		m.Name, clock(start), clock(end), s.Samples, s.Expected, number(s.Min, s.Unit), number(s.P50, s.Unit), number(s.P95, s.Unit), number(s.Max, s.Unit))
}
