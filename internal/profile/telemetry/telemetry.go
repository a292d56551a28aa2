// Package telemetry collects a profile's telemetry from Prometheus or a compatible API: it turns a window into a
// summary of each metric. The metrics come from the catalogue.
package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Metric is a metric of the telemetry catalogue.
type Metric = catalogue.Metric

// Query describes a window to collect.
type Query struct {
	Start, End time.Time
	// filters namespace, task_queue and service; "" does not narrow
	Filters map[string]string
	// accept a result in which queries failed
	AllowPartial bool
	// called after each query, never concurrently; nil means no calls
	Progress func(done, total int)
}

// Result is a window's telemetry, and how it was collected.
type Result struct {
	Telemetry  behaviour.Telemetry
	Collection behaviour.Collection
}

// Collector queries one Prometheus. It is safe for concurrent use.
type Collector struct {
	config  Config
	metrics []Metric
	api     v1.API
	slots   chan struct{}
}

// New returns a Collector of the catalogue's metrics that Prometheus has. It sends no query yet, but obtains credentials for SigV4.
func New(config Config, metrics []Metric) (*Collector, error) {
	config.setDefaults()
	metrics = slices.DeleteFunc(slices.Clone(metrics), func(m Metric) bool { return !m.IsScraped() })
	if config.ScrapeInterval < time.Second || config.ScrapeInterval%time.Second != 0 {
		return nil, fmt.Errorf("scrape interval %s: expected whole seconds", config.ScrapeInterval)
	}
	if known := catalogueDialects(metrics); config.Dialect != "" && !slices.Contains(known, config.Dialect) {
		return nil, fmt.Errorf("dialect %q is not valid: expected one of %s", config.Dialect, strings.Join(known, ", "))
	}
	for _, m := range metrics {
		for _, characters := range m.Rewrites {
			if _, err := regexp.Compile(characters); err != nil {
				return nil, fmt.Errorf("catalogue metric %s: %w", m.Name, err)
			}
		}
	}
	if err := checkMatchers(config.Matchers); err != nil {
		return nil, err
	}
	api, err := newUpstream(config)
	if err != nil {
		return nil, err
	}
	return &Collector{config, metrics, api, make(chan struct{}, config.Concurrency)}, nil
}

// Collect queries and summarises each metric over the window. Failed queries return an *UpstreamError, invalid
// windows or filters a *behaviour.WindowError or *FilterError, an ambiguous dialect a *DialectError, and too many
// samples a *CostError.
func (c *Collector) Collect(ctx context.Context, r Query) (*Result, error) {
	g, err := newGrid(r.Start, r.End, c.config.ScrapeInterval)
	if err != nil {
		return nil, err
	}
	if err := checkFilters(r.Filters, c.metrics); err != nil {
		return nil, err
	}
	// the first error cancels the others
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(c.config.Concurrency)
	names := sync.OnceValues(func() (map[string]bool, error) { return c.exportedNames(asking, g) })
	candidates, err := c.candidateDialects(ctx, r, names, g)
	if err != nil {
		return nil, err
	}
	asked := distinctQuestions(c.metrics, candidates, c.config.Matchers, r.Filters, g)
	group.Go(func() error {
		_, _ = names() // later callers get the same error
		return nil
	})
	answers := c.startQueries(asking, group, asked, g, r)
	if err := group.Wait(); err != nil || ctx.Err() != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	dialect := candidates[0]
	if len(candidates) > 1 {
		exported, err := names()
		if err != nil {
			return nil, err
		}
		if dialect, err = detectDialect(c.metrics, exported); err != nil {
			return nil, err
		}
	}
	return c.buildResult(dialect, answers, names, g, r)
}

// candidateDialects returns the dialects to query: the configured one; the exported one if the cost is limited; else
// all and none, because querying absent series is faster than detecting the dialect first.
func (c *Collector) candidateDialects(ctx context.Context, r Query, names func() (map[string]bool, error), g grid) ([]string, error) {
	dialect := c.config.Dialect
	if c.config.MaxSamples <= 0 {
		if dialect != "" {
			return []string{dialect}, nil
		}
		return append(catalogueDialects(c.metrics), ""), nil
	}
	exported, err := names()
	if err != nil {
		return nil, err
	}
	if dialect == "" {
		if dialect, err = detectDialect(c.metrics, exported); err != nil {
			return nil, err
		}
	}
	asked := distinctQuestions(c.metrics, []string{dialect}, c.config.Matchers, r.Filters, g)
	return []string{dialect}, c.checkCost(ctx, asked, exported, g)
}

// startQueries starts all batches and reports progress by metric. The answers are complete when the group is done, by
// question text.
func (c *Collector) startQueries(ctx context.Context, group *errgroup.Group, asked []question, g grid, r Query) map[string]answer {
	var mu sync.Mutex
	answers := map[string]answer{}
	left, done := map[string]int{}, 0
	for _, q := range asked {
		left[q.metric.Name]++
	}
	for _, b := range c.makeBatches(asked) {
		group.Go(func() error {
			given := c.runBatch(ctx, b, b.queryRange(g), r.AllowPartial)
			mu.Lock()
			defer mu.Unlock()
			for i, q := range b {
				if given[i].err != nil && !r.AllowPartial {
					return given[i].err
				}
				answers[q.text] = given[i]
				if left[q.metric.Name]--; left[q.metric.Name] > 0 {
					continue
				}
				done++
				if r.Progress != nil {
					r.Progress(done, len(left))
				}
			}
			return nil
		})
	}
	return answers
}

// buildResult summarises the answers in one dialect.
func (c *Collector) buildResult(
	dialect string,
	answers map[string]answer,
	names func() (map[string]bool, error),
	g grid,
	r Query,
) (*Result, error) {
	remarks := remarkSet{}
	result := &Result{
		behaviour.Telemetry{},
		behaviour.Collection{
			Dialect:    dialect,
			Step:       int64(g.step / time.Second),
			RateWindow: int64(g.window / time.Second),
			Quantiles:  behaviour.QuantileDefinition,
			Failed:     []string{},
		},
	}
	var failed error
	told := 0
	for _, m := range c.metrics {
		q := fillQuery(m, dialect, c.config.Matchers, r.Filters, g)
		given := answers[q.text]
		var summaries map[string]behaviour.Summary
		var err error
		if m.CountsStarts() {
			result.Collection.ProcessStarts, err = q.countStarts(given)
		} else {
			summaries, err = q.summariseAnswer(given, names, g)
		}
		switch {
		case err == nil:
			remarks.addTexts("warning", m.Name, given.warnings)
			remarks.addTexts("info", m.Name, given.infos)
			if !m.CountsStarts() {
				told++
			}
		case !r.AllowPartial:
			return nil, err
		default:
			failed = cmp.Or(failed, err)
			result.Collection.Partial = true
			result.Collection.Failed = append(result.Collection.Failed, err.Error())
			if m.CountsStarts() {
				continue
			}
			summaries = map[string]behaviour.Summary{
				m.Name: q.describeSummary(behaviour.MissingSummary("the query failed: "+upstreamMessage(err), g.points)),
			}
		}
		for name, s := range summaries {
			category, metric, _ := strings.Cut(name, ".")
			if result.Telemetry[category] == nil {
				result.Telemetry[category] = map[string]behaviour.Summary{}
			}
			result.Telemetry[category][metric] = s
		}
	}
	if failed != nil && told == 0 {
		return nil, failed // a result without any metric is not partial
	}
	result.Collection.Warnings, result.Collection.Infos = remarks.sortedTexts("warning"), remarks.sortedTexts("info")
	return result, nil
}

// matrixOf returns an answer as a range query's matrix.
func (q question) matrixOf(given answer) (model.Matrix, error) {
	if given.err != nil {
		return nil, given.err
	}
	matrix, ok := given.value.(model.Matrix)
	if !ok {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("expected a matrix, found a %s", given.value.Type())}
	}
	return matrix, nil
}

// summariseAnswer returns the metric's summaries by name.
func (q question) summariseAnswer(given answer, names func() (map[string]bool, error), g grid) (map[string]behaviour.Summary, error) {
	absent := func() (map[string]behaviour.Summary, error) {
		exported, err := names()
		if err != nil {
			return nil, err
		}
		return map[string]behaviour.Summary{
			q.metric.Name: q.describeSummary(behaviour.MissingSummary(q.absenceReason(exported), g.points)),
		}, nil
	}
	if q.text == "" {
		return absent()
	}
	matrix, err := q.matrixOf(given)
	if err != nil {
		return nil, err
	}
	if err := budget.SeriesOfMetric.Check(int64(len(matrix))); err != nil {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer has %w", err)}
	}
	if q.metric.Per == "" && len(matrix) > 1 {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("expected one series, found %d", len(matrix))}
	}
	if len(matrix) == 0 {
		return absent()
	}
	summaries := map[string]behaviour.Summary{}
	for _, series := range matrix {
		name := q.metric.Name
		if q.metric.Per != "" {
			value := string(series.Metric[model.LabelName(q.metric.Per)])
			if value == "" {
				value = "unknown"
			}
			name += "." + value
		}
		if _, twice := summaries[name]; twice {
			return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer has two series for %s", name)}
		}
		points := make([]behaviour.Point, 0, len(series.Values))
		for _, p := range series.Values {
			// an upstream that answers with other times than those of the query has no samples for them
			if at := p.Timestamp.Time(); !at.Before(g.first) && !at.After(g.last) {
				points = append(points, behaviour.Point{Time: p.Timestamp.Unix(), Value: float64(p.Value)})
			}
		}
		summaries[name] = q.describeSummary(behaviour.Summarise(points, g.points))
	}
	return summaries, nil
}

// countStarts returns the starts of each service at the end of the window, or nil if no process reported any.
func (q question) countStarts(given answer) (map[string]int, error) {
	if q.text == "" {
		return nil, nil
	}
	matrix, err := q.matrixOf(given)
	if err != nil {
		return nil, err
	}
	var counts map[string]int
	for _, series := range matrix {
		if counts == nil {
			counts = map[string]int{}
		}
		if of := string(series.Metric[model.LabelName(q.metric.Per)]); of != "" && len(series.Values) > 0 {
			counts[of] = int(series.Values[len(series.Values)-1].Value)
		}
	}
	return counts, nil
}

// remarkSet collects the upstream's remarks on metrics by kind, each once.
type remarkSet map[string]map[string]bool

func (r remarkSet) addTexts(kind, metric string, said []string) {
	for _, text := range said {
		if r[kind] == nil {
			r[kind] = map[string]bool{}
		}
		r[kind][metric+": "+text] = true
	}
}

func (r remarkSet) sortedTexts(kind string) []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(r[kind]))))
}

// upstreamMessage returns the upstream's own error message.
func upstreamMessage(err error) string {
	var up *UpstreamError
	if errors.As(err, &up) {
		return up.Err.Error()
	}
	return err.Error()
}
