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

// question is a metric's query over a window.
type question struct {
	metric Metric
	text   string   // "" if no dialect of it is known to be exported
	series []string // names that it selects
	rate   bool     // whether it looks back over the rate window
	scope  []string
}

// FilterError is a RequestError about an invalid filter.
type FilterError behaviour.RequestError

func (e *FilterError) Error() string { return e.Message }

func (e *FilterError) Unwrap() error { return (*behaviour.RequestError)(e) }

// maxValueLength limits a filter's value in bytes, like Temporal's own limit for names.
const maxValueLength = 1000

// checkFilters rejects filters that no metric supports and values that matchers cannot hold.
func checkFilters(filters map[string]string, metrics []Metric) error {
	known := map[string]bool{}
	for _, m := range metrics {
		for filter := range m.Labels {
			known[filter] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		if !known[name] {
			return &FilterError{
				fmt.Sprintf("filter %q is not supported by any metric", name),
				"use one of " + strings.Join(slices.Sorted(maps.Keys(known)), ", "),
			}
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
		return &FilterError{fmt.Sprintf("%s: %q is not valid UTF-8", name, value), "use a value that a label can have"}
	case strings.ContainsRune(value, 0):
		return &FilterError{fmt.Sprintf("%s: %q contains a zero byte", name, value), "use a value that a label can have"}
	case len(value) > maxValueLength:
		return &FilterError{
			fmt.Sprintf("%s: the value is %d bytes long", name, len(value)),
			fmt.Sprintf("use at most %d bytes", maxValueLength),
		}
	}
	return nil
}

// checkMatchers rejects cluster matchers that are not valid PromQL.
func checkMatchers(matchers map[string]string) error {
	for _, label := range slices.Sorted(maps.Keys(matchers)) {
		if !model.LegacyValidation.IsValidLabelName(label) {
			return &FilterError{
				fmt.Sprintf("%q is not a valid Prometheus label", label),
				"use letters, digits and _, starting with a letter",
			}
		}
		if matchers[label] == "" {
			return &FilterError{fmt.Sprintf("label %s: the value to match is empty", label), "set a value, or remove the label"}
		}
		if err := checkValue(label, matchers[label]); err != nil {
			return err
		}
	}
	return nil
}

// fillQuery fills in a metric's query. Without a dialect it fills in only queries that are equal in all dialects.
func fillQuery(m Metric, dialect string, cluster, filters map[string]string, g grid) question {
	q := question{metric: m, scope: []string{}}
	template, spelled := m.Query[dialect]
	if spellings := distinctQueries(m.Query); dialect == "" && len(spellings) == 1 {
		template = spellings[0]
	} else if !spelled {
		q.series = seriesNames(strings.Join(spellings, " "))
		q.scope = append(q.scope, behaviour.Cluster)
		return q
	}
	q.series, q.rate = seriesNames(template), strings.Contains(template, "{window}")
	var matchers []string
	for _, label := range slices.Sorted(maps.Keys(cluster)) {
		matchers = append(matchers, labelMatcher(label, cluster[label], ""))
	}
	for _, filter := range slices.Sorted(maps.Keys(filters)) {
		label, has := m.Labels[filter]
		if !has || filters[filter] == "" {
			continue
		}
		q.scope = append(q.scope, filter)
		matchers = append(matchers, labelMatcher(label, filters[filter], m.Rewrites[dialect]))
	}
	if len(q.scope) == 0 {
		q.scope = append(q.scope, behaviour.Cluster)
	}
	q.text = strings.NewReplacer(
		"{selector}", strings.Join(matchers, ","), "{window}", model.Duration(g.window).String(), "{range}",
		model.Duration(g.last.Sub(g.start)).String(),
	).
		Replace(template)
	return q
}

// distinctQuestions returns the questions of each metric in each dialect, equal ones once.
func distinctQuestions(metrics []Metric, dialects []string, cluster, filters map[string]string, g grid) (all []question) {
	seen := map[string]bool{"": true}
	for _, m := range metrics {
		for _, dialect := range dialects {
			if q := fillQuery(m, dialect, cluster, filters, g); !seen[q.text] {
				seen[q.text] = true
				all = append(all, q)
			}
		}
	}
	return all
}

// labelMatcher matches a label's value, and also as its exporter rewrites it. It writes ASCII, because PromQL rejects
// some unescaped characters.
func labelMatcher(label, value, rewrites string) string {
	if rewrites != "" {
		if rewritten := regexp.MustCompile(rewrites).ReplaceAllString(value, "_"); rewritten != value {
			return label + "=~" + strconv.QuoteToASCII(regexp.QuoteMeta(value)+"|"+regexp.QuoteMeta(rewritten))
		}
	}
	return label + "=" + strconv.QuoteToASCII(value)
}

// describeSummary adds the question's metadata to a summary.
func (q question) describeSummary(s behaviour.Summary) behaviour.Summary {
	s.Unit, s.Kind, s.Scope, s.Query = q.metric.Unit, q.metric.Kind, q.scope, q.text
	return s
}

// absenceReason returns why the metric has no series.
func (q question) absenceReason(names map[string]bool) string {
	var missing []string
	for _, name := range q.series {
		if !names[name] {
			missing = append(missing, name)
		}
	}
	switch {
	case q.text == "":
		return "not exported in any dialect: looked for " + strings.Join(q.series, ", ")
	case len(missing) > 0:
		return "not exported: looked for " + strings.Join(missing, ", ")
	}
	return "exported, but no series in this window matches " + q.text
}

// seriesPattern finds the series names of a template: only they precede braces.
var seriesPattern = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\{`)

// seriesNames returns the names that a template selects, sorted, each once.
func seriesNames(template string) []string {
	var names []string
	for _, m := range seriesPattern.FindAllStringSubmatch(template, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// distinctQueries returns the different queries of a metric, sorted.
func distinctQueries(query map[string]string) []string {
	all := slices.Sorted(maps.Values(query))
	return slices.Compact(all)
}
