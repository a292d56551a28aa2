package telemetry

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
)

// A DialectError says why the spelling of the server's exporter cannot be told.
type DialectError struct{ Message, Remedy string }

func (e *DialectError) Error() string { return e.Message }

// dialects that a catalogue has queries in, sorted.
func dialects(metrics []Metric) []string {
	known := map[string]bool{}
	for _, m := range metrics {
		for d := range m.Query {
			known[d] = true
		}
	}
	return slices.Sorted(maps.Keys(known))
}

// exported asks which of the series that the catalogue looks for, in any
// dialect, the cluster has. Prometheus answers by the block, so that a series
// may have ended shortly before the window.
func (c *Collector) exported(ctx context.Context, g grid) (map[string]bool, error) {
	values, err := c.names(ctx, c.selector(wanted(c.metrics)), g.start, g.last)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, v := range values {
		found[string(v)] = true
	}
	return found, nil
}

// wanted are the names that the catalogue selects in any dialect, sorted.
func wanted(metrics []Metric) []string {
	names := map[string]bool{}
	for _, m := range metrics {
		for _, template := range m.Query {
			for _, name := range series(template) {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// selector selects series of the cluster by their names.
func (c *Collector) selector(names []string) string {
	for i, name := range names {
		names[i] = regexp.QuoteMeta(name)
	}
	matchers := []string{fmt.Sprintf("%s=~%q", model.MetricNameLabel, strings.Join(names, "|"))}
	for _, label := range slices.Sorted(maps.Keys(c.config.Matchers)) {
		matchers = append(matchers, matcher(label, c.config.Matchers[label], ""))
	}
	return "{" + strings.Join(matchers, ",") + "}"
}

// detect tells the dialect by names that are exported and that one dialect alone
// has. It is "" where none of them is there.
func detect(metrics []Metric, exported map[string]bool) (string, error) {
	in := map[string]map[string]bool{} // dialects of a name
	for _, m := range metrics {
		for d, template := range m.Query {
			for _, name := range series(template) {
				if in[name] == nil {
					in[name] = map[string]bool{}
				}
				in[name][d] = true
			}
		}
	}
	telling := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(exported)) {
		if len(in[name]) == 1 {
			for d := range in[name] {
				telling[d] = append(telling[d], name)
			}
		}
	}
	found := slices.Sorted(maps.Keys(telling))
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	var said []string
	for _, d := range found {
		said = append(said, d+" by "+strings.Join(telling[d], ", "))
	}
	return "", &DialectError{
		"the server's metrics are there in several dialects: " + strings.Join(said, "; "),
		"set the dialect, or the labels that pick one cluster out: one of " + strings.Join(found, ", "),
	}
}
