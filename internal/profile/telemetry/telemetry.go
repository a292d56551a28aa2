// Package telemetry collects the telemetry of a behaviour profile from
// Prometheus, or whatever speaks its API: a window of time in, a summary of each
// metric out. It knows how to ask, and no metric's name.
package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/sigv4"
	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// What holds where a Config does not say otherwise.
const (
	DefaultConcurrency    = 16
	DefaultTimeout        = 30 * time.Second
	DefaultTries          = 4
	DefaultScrapeInterval = 15 * time.Second
	// what Amazon charges some five cents for
	DefaultAMPSamples = 500_000_000
)

// A Config says where the telemetry of a cluster is, and how to ask for it.
type Config struct {
	// of the Prometheus, or of an Amazon Managed Prometheus workspace
	URL string
	// signs each request, for Amazon Managed Prometheus
	SigV4 *sigv4.SigV4Config
	// below everything; nil is that of client_golang
	Transport http.RoundTripper
	// labels that pick the cluster out of a Prometheus that watches several
	Matchers map[string]string
	// spelling of the server's exporter; "" finds out
	Dialect string
	// of the samples in the Prometheus
	ScrapeInterval time.Duration
	// queries in flight, over all windows that are collected at once
	Concurrency int
	// for one query with all its tries
	Timeout time.Duration
	Tries   int
	// samples that one collection may touch, by estimate. 0 is DefaultAMPSamples with
	// SigV4 and no limit without; below 0 is no limit
	MaxSamples int64
}

// A Metric is an entry of the telemetry catalogue, as far as collecting goes.
type Metric struct {
	Name     string // CATEGORY.METRIC
	Unit     string
	Kind     string
	Per      string            // label that spreads it, or ""
	Query    map[string]string // PromQL by dialect, with {selector}, and {window} or {range}
	Labels   map[string]string // by filter, the label that it narrows by
	Rewrites map[string]string // by dialect, characters of a label's value that are exported as _
}

// Counted reports whether it is how many processes started in the window, by
// service: that is asked once, over {range}, and goes into the collection.
func (m Metric) Counted() bool {
	for _, template := range m.Query {
		if strings.Contains(template, "{range}") {
			return true
		}
	}
	return false
}

// A Request asks for a window.
type Request struct {
	Start, End time.Time
	// what to narrow by: namespace, task_queue, service. "" does not narrow
	Filters map[string]string
	// take what is there when queries fail
	AllowPartial bool
	// told after each query; nil is nobody. Calls do not overlap
	Progress func(done, total int)
}

// A Result is the telemetry of a window, and how it was collected.
type Result struct {
	Telemetry  behaviour.Telemetry
	Collection behaviour.Collection
}

// A Collector asks one Prometheus. It may be used by many at once.
type Collector struct {
	config  Config
	metrics []Metric
	api     v1.API
	slots   chan struct{}
}

// New makes a Collector of the catalogue's metrics. It asks nothing yet, but for
// the credentials of SigV4.
func New(config Config, metrics []Metric) (*Collector, error) {
	config.defaults()
	if config.ScrapeInterval < time.Second || config.ScrapeInterval%time.Second != 0 {
		return nil, fmt.Errorf("the scrape interval is %s; allowed: whole seconds", config.ScrapeInterval)
	}
	if known := dialects(metrics); config.Dialect != "" && !slices.Contains(known, config.Dialect) {
		return nil, fmt.Errorf("the dialect is %q; allowed: %s", config.Dialect, strings.Join(known, ", "))
	}
	for _, m := range metrics {
		for _, characters := range m.Rewrites {
			if _, err := regexp.Compile(characters); err != nil {
				return nil, fmt.Errorf("the catalogue's %s: %w", m.Name, err)
			}
		}
	}
	if err := checkMatchers(config.Matchers); err != nil {
		return nil, err
	}
	api, err := upstream(config)
	if err != nil {
		return nil, err
	}
	return &Collector{config, metrics, api, make(chan struct{}, config.Concurrency)}, nil
}

func (c *Config) defaults() {
	if c.ScrapeInterval == 0 {
		c.ScrapeInterval = DefaultScrapeInterval
	}
	if c.Concurrency <= 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Tries <= 0 {
		c.Tries = DefaultTries
	}
	if c.MaxSamples == 0 && c.SigV4 != nil {
		c.MaxSamples = DefaultAMPSamples
	}
}

// Collect asks for each metric over the window and summarises it. A query that
// fails is an *UpstreamError; a window or filter that cannot be asked for is a
// *behaviour.WindowError or *FilterError; a dialect that cannot be told is a
// *DialectError; a window that costs too much is a *CostError.
func (c *Collector) Collect(ctx context.Context, r Request) (*Result, error) {
	g, err := fit(r.Start, r.End, c.config.ScrapeInterval)
	if err != nil {
		return nil, err
	}
	if err := checkFilters(r.Filters, c.metrics); err != nil {
		return nil, err
	}
	// the first error ends all that is under way
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(c.config.Concurrency)
	names := sync.OnceValues(func() (map[string]bool, error) { return c.exported(asking, g) })
	candidates, err := c.candidates(ctx, r, names, g)
	if err != nil {
		return nil, err
	}
	asked := distinctQuestions(c.metrics, candidates, c.config.Matchers, r.Filters, g)
	group.Go(func() error {
		_, _ = names() // who needs them is told what went wrong
		return nil
	})
	answers := c.round(asking, group, asked, g, r)
	if err := group.Wait(); err != nil || ctx.Err() != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	dialect := candidates[0]
	if len(candidates) > 1 {
		exported, err := names()
		if err != nil {
			return nil, err
		}
		if dialect, err = detect(c.metrics, exported); err != nil {
			return nil, err
		}
	}
	return c.result(dialect, answers, names, g, r)
}

// candidates are the dialects that are asked for: the one that is set; where a
// window may cost too much, the one that is exported; else all, and none, since
// asking for what is not there costs less time than asking first which it is.
func (c *Collector) candidates(ctx context.Context, r Request, names func() (map[string]bool, error), g grid) ([]string, error) {
	dialect := c.config.Dialect
	if c.config.MaxSamples <= 0 {
		if dialect != "" {
			return []string{dialect}, nil
		}
		return append(dialects(c.metrics), ""), nil
	}
	exported, err := names()
	if err != nil {
		return nil, err
	}
	if dialect == "" {
		if dialect, err = detect(c.metrics, exported); err != nil {
			return nil, err
		}
	}
	asked := distinctQuestions(c.metrics, []string{dialect}, c.config.Matchers, r.Filters, g)
	return []string{dialect}, c.guard(ctx, asked, exported, g)
}

// round asks all questions at once, and tells the progress by the metric. The
// answers are there when the group is done, by their questions' text.
func (c *Collector) round(ctx context.Context, group *errgroup.Group, asked []question, g grid, r Request) map[string]answer {
	var mu sync.Mutex
	answers := map[string]answer{}
	left, done := map[string]int{}, 0
	for _, q := range asked {
		left[q.metric.Name]++
	}
	for _, b := range c.batches(asked) {
		group.Go(func() error {
			given := c.ask(ctx, b, b.over(g), r.AllowPartial)
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

// result summarises the answers to the questions of a dialect.
func (c *Collector) result(dialect string, answers map[string]answer, names func() (map[string]bool, error), g grid, r Request) (*Result, error) {
	remarks := remarks{}
	result := &Result{behaviour.Telemetry{}, behaviour.Collection{
		Dialect: dialect, Step: int64(g.step / time.Second), RateWindow: int64(g.window / time.Second), Quantiles: behaviour.QuantileDefinition,
		Failed: []string{},
	}}
	var failed error
	told := 0
	for _, m := range c.metrics {
		q := m.ask(dialect, c.config.Matchers, r.Filters, g)
		given := answers[q.text]
		var summaries map[string]behaviour.Summary
		var err error
		if m.Counted() {
			result.Collection.ProcessStarts, err = q.count(given)
		} else {
			summaries, err = q.summarise(given, names, g)
		}
		switch {
		case err == nil:
			remarks.add("warning", m.Name, given.warnings)
			remarks.add("info", m.Name, given.infos)
			if !m.Counted() {
				told++
			}
		case !r.AllowPartial:
			return nil, err
		default:
			failed = cmp.Or(failed, err)
			result.Collection.Partial = true
			result.Collection.Failed = append(result.Collection.Failed, err.Error())
			if m.Counted() {
				continue
			}
			summaries = map[string]behaviour.Summary{m.Name: q.describe(behaviour.Missing("the query failed: "+words(err), g.points))}
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
		return nil, failed // nothing is not a part
	}
	result.Collection.Warnings, result.Collection.Infos = remarks.sorted("warning"), remarks.sorted("info")
	return result, nil
}

// matrix is an answer as a range query has it.
func (q question) matrix(given answer) (model.Matrix, error) {
	if given.err != nil {
		return nil, given.err
	}
	matrix, ok := given.value.(model.Matrix)
	if !ok {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer is a %s, not a matrix", given.value.Type())}
	}
	return matrix, nil
}

// summarise makes of an answer the summaries of the metric, by name.
func (q question) summarise(given answer, names func() (map[string]bool, error), g grid) (map[string]behaviour.Summary, error) {
	absent := func() (map[string]behaviour.Summary, error) {
		exported, err := names()
		if err != nil {
			return nil, err
		}
		return map[string]behaviour.Summary{q.metric.Name: q.describe(behaviour.Missing(q.absent(exported), g.points))}, nil
	}
	if q.text == "" {
		return absent()
	}
	matrix, err := q.matrix(given)
	if err != nil {
		return nil, err
	}
	if err := budget.SeriesOfMetric.Check(int64(len(matrix))); err != nil {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer has %w", err)}
	}
	if q.metric.Per == "" && len(matrix) > 1 {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer has %d series, not one", len(matrix))}
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
		points := make([]behaviour.Point, len(series.Values))
		for i, p := range series.Values {
			points[i] = behaviour.Point{Time: p.Timestamp.Unix(), Value: float64(p.Value)}
		}
		summaries[name] = q.describe(behaviour.Summarise(points, g.points))
	}
	return summaries, nil
}

// count takes the count of each service at the end of the window: nil where no
// process told.
func (q question) count(given answer) (map[string]int, error) {
	if q.text == "" {
		return nil, nil
	}
	matrix, err := q.matrix(given)
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

// remarks are what the upstream said of the metrics, by kind, each once.
type remarks map[string]map[string]bool

func (r remarks) add(kind, metric string, said []string) {
	for _, text := range said {
		if r[kind] == nil {
			r[kind] = map[string]bool{}
		}
		r[kind][metric+": "+text] = true
	}
}

func (r remarks) sorted(kind string) []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(r[kind]))))
}

// words are what the upstream itself said.
func words(err error) string {
	var up *UpstreamError
	if errors.As(err, &up) {
		return up.Err.Error()
	}
	return err.Error()
}
