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

// A batch is the questions of one query, so that a whole window takes one round
// of queries: the union of what each gives, told apart by a label.
type batch []question

// marker is the label that tells the answers of a batch apart.
const marker = "temporal_dsql_question"

// maxBatch is the most questions of a batch: a query too large is refused.
const maxBatch = 8

// batches spreads questions over as many batches as are asked at once, beside
// one query for names and one for what is asked once over the whole window. Neighbours
// cost alike, and are not in one batch.
func (c *Collector) batches(asked []question) []batch {
	var questions []question
	var once batch
	for _, q := range asked {
		if q.metric.Counted() {
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

// over is where in the window the batch is asked.
func (b batch) over(g grid) v1.Range {
	if b[0].metric.Counted() {
		return v1.Range{Start: g.last, End: g.last, Step: g.step}
	}
	return v1.Range{Start: g.first, End: g.last, Step: g.step}
}

// An answer is what came of one question.
type answer struct {
	value           model.Value
	warnings, infos []string
	err             error
}

// series is the most series that an answer can have.
func (b batch) series() (n int64) {
	for _, q := range b {
		if n++; q.metric.Per != "" {
			n += budget.SeriesOfMetric.Most - 1
		}
	}
	return n
}

// text is the batch as one query: a question a line, which starts it, so that
// what the upstream remarks at LINE:COLUMN is about that one.
func (b batch) text() string {
	if len(b) == 1 {
		return b[0].text
	}
	var text strings.Builder
	for i, q := range b {
		if i > 0 {
			text.WriteString(" or ")
		}
		fmt.Fprintf(&text, "label_replace(\n%s\n, %q, \"%d\", \"\", \"\")", q.text, marker, i)
	}
	return text.String()
}

// question that a line of the text is, from 1; -1 if it is none.
func (b batch) question(line int) int {
	if len(b) == 1 {
		return 0
	}
	if i := line/2 - 1; line%2 == 0 && i >= 0 && i < len(b) {
		return i
	}
	return -1
}

// ask asks a batch. What the upstream refuses is asked for one by one, so that a
// question fares as it would alone: a part of them may be too much together, or
// only one be wrong.
func (c *Collector) ask(ctx context.Context, b batch, r v1.Range, partial bool) []answer {
	together := question{metric: Metric{Name: b.names()}, text: b.text()}
	value, warnings, infos, err := c.query(ctx, together, r, b.series())
	if len(b) == 1 {
		return []answer{{value, warnings, infos, err}}
	}
	answers := make([]answer, len(b))
	if err == nil {
		if err = b.split(value, answers); err == nil {
			b.remark(warnings, func(i int, text string) { answers[i].warnings = append(answers[i].warnings, text) })
			b.remark(infos, func(i int, text string) { answers[i].infos = append(answers[i].infos, text) })
			return answers
		}
	} else if !aboutTheQuery(err, partial) {
		for i, q := range b {
			answers[i].err = q.failed(err)
		}
		return answers
	}
	for i, q := range b {
		a := &answers[i]
		a.value, a.warnings, a.infos, a.err = c.query(ctx, q, r, batch{q}.series())
		if a.err != nil && !partial {
			return answers
		}
	}
	return answers
}

// failed is what made a query fail, as an error of the question.
func (q question) failed(err error) error {
	var up *UpstreamError
	if errors.As(err, &up) {
		return &UpstreamError{q.metric.Name, q.text, up.Err}
	}
	return err
}

func (b batch) names() string {
	names := make([]string, len(b))
	for i, q := range b {
		names[i] = q.metric.Name
	}
	return strings.Join(names, ", ")
}

// aboutTheQuery reports whether an error may be of one question and not of all:
// Prometheus has read the query. For a part of the answers, any refusal may be.
func aboutTheQuery(err error, partial bool) bool {
	var said *v1.Error
	if !errors.As(err, &said) {
		return false
	}
	return partial || said.Type != v1.ErrClient && said.Type != v1.ErrServer
}

// split gives each question its series, without the label that tells them apart.
func (b batch) split(value model.Value, answers []answer) error {
	matrix, ok := value.(model.Matrix)
	if !ok {
		return fmt.Errorf("the answer is a %s, not a matrix", value.Type())
	}
	parts := make([]model.Matrix, len(b))
	for i := range parts {
		parts[i] = model.Matrix{}
	}
	for _, series := range matrix {
		i, err := strconv.Atoi(string(series.Metric[marker]))
		if err != nil || i < 0 || i >= len(b) {
			return fmt.Errorf("the answer has a series of no question: %s", series.Metric)
		}
		delete(series.Metric, marker)
		parts[i] = append(parts[i], series)
	}
	for i := range parts {
		answers[i].value = parts[i]
	}
	return nil
}

// at is where in a query the upstream remarks something.
var at = regexp.MustCompile(`\((\d+):(\d+)\)$`)

// remark gives each remark to the question that it is about, with the place that
// it has there; to all where it names none.
func (b batch) remark(said []string, tell func(question int, text string)) {
	for _, text := range said {
		if m := at.FindStringSubmatch(text); m != nil {
			line, err := strconv.Atoi(m[1])
			if i := b.question(line); err == nil && i >= 0 {
				tell(i, at.ReplaceAllString(text, "(1:"+m[2]+")"))
				continue
			}
		}
		for i := range b {
			tell(i, text)
		}
	}
}
