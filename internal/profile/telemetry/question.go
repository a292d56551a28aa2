package telemetry

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A question is a metric's query over a window, filled in.
type question struct {
	metric Metric
	text   string   // "" where no dialect of it is known to be exported
	series []string // names that it looks for
	rate   bool     // whether it looks back over the rate window
	scope  []string
}

// A FilterError is a RequestError that says why telemetry cannot be narrowed so.
type FilterError behaviour.RequestError

func (e *FilterError) Error() string { return e.Message }

func (e *FilterError) Unwrap() error { return (*behaviour.RequestError)(e) }

// longest is the most bytes that a filter's value may have; Temporal's own limit
// of a name is the same.
const longest = 1000

// checkFilters refuses what no metric knows and what no matcher takes.
func checkFilters(filters map[string]string, metrics []Metric) error {
	known := map[string]bool{}
	for _, m := range metrics {
		for filter := range m.Labels {
			known[filter] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		if !known[name] {
			return &FilterError{fmt.Sprintf("no metric can be narrowed by %q", name), "allowed: " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")}
		}
		if err := checkValue(name, filters[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(name, value string) error {
	switch {
	case !utf8.ValidString(value):
		return &FilterError{fmt.Sprintf("the value of %s is not UTF-8: %q", name, value), "no label has such a value"}
	case strings.ContainsRune(value, 0):
		return &FilterError{fmt.Sprintf("the value of %s has a zero byte: %q", name, value), "no label has such a value"}
	case len(value) > longest:
		return &FilterError{fmt.Sprintf("the value of %s is %d bytes long", name, len(value)), fmt.Sprintf("allowed: %d", longest)}
	}
	return nil
}

// checkMatchers refuses matchers of a cluster that PromQL does not take.
func checkMatchers(matchers map[string]string) error {
	for _, label := range slices.Sorted(maps.Keys(matchers)) {
		if !model.LegacyValidation.IsValidLabelName(label) {
			return &FilterError{fmt.Sprintf("%q is no label of Prometheus", label), "allowed: letters, digits and _, a letter first"}
		}
		if matchers[label] == "" {
			return &FilterError{fmt.Sprintf("the label %s has no value to match", label), "leave it out"}
		}
		if err := checkValue(label, matchers[label]); err != nil {
			return err
		}
	}
	return nil
}

// ask fills a metric's query in. With no dialect, only a metric that all
// dialects spell alike is asked for.
func (m Metric) ask(dialect string, cluster, filters map[string]string, g grid) question {
	q := question{metric: m, scope: []string{}}
	template, spelled := m.Query[dialect]
	if spellings := distinct(m.Query); dialect == "" && len(spellings) == 1 {
		template = spellings[0]
	} else if !spelled {
		for _, each := range spellings {
			q.series = append(q.series, series(each)...)
		}
		q.scope = append(q.scope, behaviour.Cluster)
		return q
	}
	q.series, q.rate = series(template), strings.Contains(template, "{window}")
	var matchers []string
	for _, label := range slices.Sorted(maps.Keys(cluster)) {
		matchers = append(matchers, matcher(label, cluster[label], ""))
	}
	for _, filter := range slices.Sorted(maps.Keys(filters)) {
		label, has := m.Labels[filter]
		if !has || filters[filter] == "" {
			continue
		}
		q.scope = append(q.scope, filter)
		matchers = append(matchers, matcher(label, filters[filter], m.Rewrites[dialect]))
	}
	if len(q.scope) == 0 {
		q.scope = append(q.scope, behaviour.Cluster)
	}
	q.text = strings.NewReplacer("{selector}", strings.Join(matchers, ","), "{window}", model.Duration(g.window).String(), "{range}", model.Duration(g.last.Sub(g.start)).String()).Replace(template)
	return q
}

// distinctQuestions asks for each metric in each of the dialects, and for what is
// spelled alike once.
func distinctQuestions(metrics []Metric, dialects []string, cluster, filters map[string]string, g grid) (all []question) {
	seen := map[string]bool{"": true}
	for _, m := range metrics {
		for _, dialect := range dialects {
			if q := m.ask(dialect, cluster, filters, g); !seen[q.text] {
				seen[q.text] = true
				all = append(all, q)
			}
		}
	}
	return all
}

// matcher matches a label's value as it is and as its exporter rewrites it. In
// ASCII, since PromQL refuses some characters that are not escaped.
func matcher(label, value, rewrites string) string {
	if rewrites != "" {
		if rewritten := regexp.MustCompile(rewrites).ReplaceAllString(value, "_"); rewritten != value {
			return label + "=~" + strconv.QuoteToASCII(regexp.QuoteMeta(value)+"|"+regexp.QuoteMeta(rewritten))
		}
	}
	return label + "=" + strconv.QuoteToASCII(value)
}

// describe adds to a summary what was asked.
func (q question) describe(s behaviour.Summary) behaviour.Summary {
	s.Unit, s.Kind, s.Scope, s.Query = q.metric.Unit, q.metric.Kind, q.scope, q.text
	return s
}

// absent says why there is no series.
func (q question) absent(names map[string]bool) string {
	var missing []string
	for _, name := range q.series {
		if !names[name] {
			missing = append(missing, name)
		}
	}
	switch {
	case q.text == "":
		return "no spelling of it is exported: looked for " + strings.Join(q.series, ", ")
	case len(missing) > 0:
		return "not exported: looked for " + strings.Join(missing, ", ")
	}
	return "exported, but no series in this window matches " + q.text
}

// named finds what a query selects: in a catalogue's template each name of a
// series stands before its braces, and nothing else does.
var named = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\{`)

// series are the names that a template selects, sorted.
func series(template string) []string {
	var names []string
	for _, m := range named.FindAllStringSubmatch(template, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// distinct are the spellings of a query, sorted.
func distinct(query map[string]string) []string {
	all := slices.Sorted(maps.Values(query))
	return slices.Compact(all)
}
