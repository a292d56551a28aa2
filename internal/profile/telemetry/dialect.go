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

// DialectError reports that the dialect of the server's exporter is ambiguous, with a remedy.
type DialectError struct{ Message, Remedy string }

func (e *DialectError) Error() string { return e.Message }

// catalogueDialects returns the dialects of a catalogue's queries, sorted.
func catalogueDialects(metrics []Metric) []string {
	known := map[string]bool{}
	for _, m := range metrics {
		for d := range m.Query {
			known[d] = true
		}
	}
	return slices.Sorted(maps.Keys(known))
}

// exportedNames returns the catalogue's series names that the cluster exports, in any dialect. Prometheus answers by
// block, so a series can have ended shortly before the window.
func (c *Collector) exportedNames(ctx context.Context, g grid) (map[string]bool, error) {
	values, err := c.queryNames(ctx, c.selectNames(catalogueNames(c.metrics)), g.start, g.last)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, v := range values {
		found[string(v)] = true
	}
	return found, nil
}

// catalogueNames returns the series names of all dialects, sorted.
func catalogueNames(metrics []Metric) []string {
	names := map[string]bool{}
	for _, m := range metrics {
		for _, template := range m.Query {
			for _, name := range seriesNames(template) {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// selectNames returns a selector for the cluster's series with the given names.
func (c *Collector) selectNames(names []string) string {
	for i, name := range names {
		names[i] = regexp.QuoteMeta(name)
	}
	matchers := []string{fmt.Sprintf("%s=~%q", model.MetricNameLabel, strings.Join(names, "|"))}
	for _, label := range slices.Sorted(maps.Keys(c.config.Matchers)) {
		matchers = append(matchers, labelMatcher(label, c.config.Matchers[label], ""))
	}
	return "{" + strings.Join(matchers, ",") + "}"
}

// detectDialect returns the dialect by exported names that only one dialect has, or "" without such names.
func detectDialect(metrics []Metric, exported map[string]bool) (string, error) {
	in := map[string]map[string]bool{} // dialects by name
	for _, m := range metrics {
		for d, template := range m.Query {
			for _, name := range seriesNames(template) {
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
		"the server's metrics exist in several dialects: " + strings.Join(said, "; "),
		"set the dialect, or labels that select one cluster; dialects: " + strings.Join(found, ", "),
	}
}
