package telemetry

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// batch combines questions into one query, so that a whole window takes one round of queries. A label marks the
// series of each question.
type batch []question

// markerLabel marks the answers of a batch.
const markerLabel = "temporal_dsql_question"

// maxBatch limits the questions of a batch, because Prometheus rejects queries that are too large.
const maxBatch = 8

// makeBatches spreads questions over the concurrent queries, leaving one for names and one for process starts.
// Neighbours cost about the same, so they go to different batches.
func (c *Collector) makeBatches(asked []question) []batch {
	var questions []question
	var once batch
	for _, q := range asked {
		if q.metric.CountsStarts() {
			once = append(once, q)
		} else {
			questions = append(questions, q)
		}
	}
	n := min(len(questions), max(1, c.config.Concurrency-2, (len(questions)+maxBatch-1)/maxBatch))
	all := make([]batch, n)
	for i, q := range questions {
		all[i%n] = append(all[i%n], q)
	}
	if len(once) > 0 {
		all = append(all, once)
	}
	return all
}

// queryRange returns the range of the batch's query.
func (b batch) queryRange(g grid) v1.Range {
	if b[0].metric.CountsStarts() {
		return v1.Range{Start: g.last, End: g.last, Step: g.step}
	}
	return v1.Range{Start: g.first, End: g.last, Step: g.step}
}

// answer is the result of one question.
type answer struct {
	value           model.Value
	warnings, infos []string
	err             error
}

// maxSeries returns the largest possible number of series in the answer.
func (b batch) maxSeries() (n int64) {
	for _, q := range b {
		if n++; q.metric.Per != "" {
			n += budget.SeriesOfMetric.Most - 1
		}
	}
	return n
}

// queryText returns the batch as one query, one question a line, so that a remark's LINE:COLUMN identifies its
// question.
func (b batch) queryText() string {
	if len(b) == 1 {
		return b[0].text
	}
	var text strings.Builder
	for i, q := range b {
		if i > 0 {
			text.WriteString(" or ")
		}
		fmt.Fprintf(&text, "label_replace(\n%s\n, %q, \"%d\", \"\", \"\")", q.text, markerLabel, i)
	}
	return text.String()
}

// questionAtLine returns the question at a line of the text, counted from 1, or -1.
func (b batch) questionAtLine(line int) int {
	if len(b) == 1 {
		return 0
	}
	if i := line/2 - 1; line%2 == 0 && i >= 0 && i < len(b) {
		return i
	}
	return -1
}

// runBatch queries a batch. If Prometheus rejects it, each question is sent alone: together they can be too much, or
// only one can be wrong.
func (c *Collector) runBatch(ctx context.Context, b batch, r v1.Range, partial bool) []answer {
	together := question{metric: Metric{Name: b.metricNames()}, text: b.queryText()}
	value, warnings, infos, err := c.queryRange(ctx, together, r, b.maxSeries())
	if len(b) == 1 {
		return []answer{{value, warnings, infos, err}}
	}
	answers := make([]answer, len(b))
	if err == nil {
		if err = b.splitAnswer(value, answers); err == nil {
			b.assignRemarks(warnings, func(i int, text string) { answers[i].warnings = append(answers[i].warnings, text) })
			b.assignRemarks(infos, func(i int, text string) { answers[i].infos = append(answers[i].infos, text) })
			return answers
		}
	} else if !aboutTheQuery(err, partial) {
		for i, q := range b {
			answers[i].err = q.wrapError(err)
		}
		return answers
	}
	for i, q := range b {
		a := &answers[i]
		a.value, a.warnings, a.infos, a.err = c.queryRange(ctx, q, r, batch{q}.maxSeries())
		if a.err != nil && !partial {
			return answers
		}
	}
	return answers
}

// wrapError returns a query's failure as an error of the question.
func (q question) wrapError(err error) error {
	var up *UpstreamError
	if errors.As(err, &up) {
		return &UpstreamError{q.metric.Name, q.text, up.Err}
	}
	return err
}

func (b batch) metricNames() string {
	names := make([]string, len(b))
	for i, q := range b {
		names[i] = q.metric.Name
	}
	return strings.Join(names, ", ")
}

// aboutTheQuery reports whether an error can concern one question only, because Prometheus parsed the query. Any
// rejection counts if partial answers are accepted.
func aboutTheQuery(err error, partial bool) bool {
	var said *v1.Error
	if !errors.As(err, &said) {
		return false
	}
	return partial || said.Type != v1.ErrClient && said.Type != v1.ErrServer
}

// splitAnswer gives each question its series, without the marker.
func (b batch) splitAnswer(value model.Value, answers []answer) error {
	matrix, ok := value.(model.Matrix)
	if !ok {
		return fmt.Errorf("expected a matrix, found a %s", value.Type())
	}
	parts := make([]model.Matrix, len(b))
	for i := range parts {
		parts[i] = model.Matrix{}
	}
	for _, series := range matrix {
		i, err := strconv.Atoi(string(series.Metric[markerLabel]))
		if err != nil || i < 0 || i >= len(b) {
			return fmt.Errorf("the answer has an unknown series: %s", series.Metric)
		}
		delete(series.Metric, markerLabel)
		parts[i] = append(parts[i], series)
	}
	for i := range parts {
		answers[i].value = parts[i]
	}
	return nil
}

// remarkPosition matches the position of a remark in a query.
var remarkPosition = regexp.MustCompile(`\((\d+):(\d+)\)$`)

// assignRemarks assigns each remark to its question, with its position there, or to all questions without a position.
func (b batch) assignRemarks(said []string, tell func(question int, text string)) {
	for _, text := range said {
		if m := remarkPosition.FindStringSubmatch(text); m != nil {
			line, err := strconv.Atoi(m[1])
			if i := b.questionAtLine(line); err == nil && i >= 0 {
				tell(i, remarkPosition.ReplaceAllString(text, "(1:"+m[2]+")"))
				continue
			}
		}
		for i := range b {
			tell(i, text)
		}
	}
}
