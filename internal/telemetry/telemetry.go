// Package telemetry collects the telemetry of a behaviour profile from
// Prometheus, or whatever speaks its API: a window of time in, a summary of each
// metric out. It knows how to ask, and no metric's name.
package telemetry

import (
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

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
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
	Query    map[string]string // PromQL by dialect, with {selector} and {window}
	Labels   map[string]string // by filter, the label that it narrows by
	Rewrites map[string]string // by dialect, characters of a label's value that are exported as _
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
	// asked for once, and not before something depends on it
	names := sync.OnceValues(func() (map[string]bool, error) { return c.exported(ctx, g) })
	dialect := c.config.Dialect
	if dialect == "" {
		exported, err := names()
		if err != nil {
			return nil, err
		}
		if dialect, err = detect(c.metrics, exported); err != nil {
			return nil, err
		}
	}
	asked := make([]question, len(c.metrics))
	for i, m := range c.metrics {
		asked[i] = m.ask(dialect, c.config.Matchers, r.Filters, g)
	}
	if err := c.guard(ctx, asked, names, g); err != nil {
		return nil, err
	}

	var mu sync.Mutex
	done, remarks := 0, remarks{}
	failed := make([]error, len(asked))
	answers := make([]map[string]behaviour.Summary, len(asked))
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(c.config.Concurrency)
	for i, q := range asked {
		group.Go(func() error {
			answer, err := c.answer(asking, q, names, g, &mu, remarks)
			if err != nil && !r.AllowPartial {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			answers[i], failed[i] = answer, err
			done++
			if r.Progress != nil {
				r.Progress(done, len(asked))
			}
			return nil
		})
	}
	err = group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	result := &Result{behaviour.Telemetry{}, behaviour.Collection{
		Dialect: dialect, Step: int64(g.step / time.Second), RateWindow: int64(g.window / time.Second), Quantiles: behaviour.QuantileDefinition,
		Failed: []string{}, Warnings: remarks.sorted("warning"), Infos: remarks.sorted("info"),
	}}
	for i, q := range asked {
		if failed[i] != nil {
			result.Collection.Partial = true
			result.Collection.Failed = append(result.Collection.Failed, failed[i].Error())
			answers[i] = map[string]behaviour.Summary{q.metric.Name: q.describe(behaviour.Missing("the query failed: "+words(failed[i]), g.points))}
		}
		for name, s := range answers[i] {
			category, metric, _ := strings.Cut(name, ".")
			if result.Telemetry[category] == nil {
				result.Telemetry[category] = map[string]behaviour.Summary{}
			}
			result.Telemetry[category][metric] = s
		}
	}
	if n := len(result.Collection.Failed); n > 0 && n == len(asked) {
		return nil, failed[0] // nothing is not a part
	}
	return result, nil
}

// answer asks one question and summarises what comes, by the metric's name.
func (c *Collector) answer(ctx context.Context, q question, names func() (map[string]bool, error), g grid, mu *sync.Mutex, remarks remarks) (map[string]behaviour.Summary, error) {
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
	value, warnings, infos, err := c.query(ctx, q, v1.Range{Start: g.first, End: g.last, Step: g.step})
	if err != nil {
		return nil, err
	}
	mu.Lock()
	remarks.add("warning", q.metric.Name, warnings)
	remarks.add("info", q.metric.Name, infos)
	mu.Unlock()
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer is a %s, not a matrix", value.Type())}
	}
	if q.metric.Per == "" && len(matrix) > 1 {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer has %d series, not one", len(matrix))}
	}
	if len(matrix) == 0 {
		return absent()
	}
	answer := map[string]behaviour.Summary{}
	for _, series := range matrix {
		name := q.metric.Name
		if q.metric.Per != "" {
			value := string(series.Metric[model.LabelName(q.metric.Per)])
			if value == "" {
				value = "unknown"
			}
			name += "." + value
		}
		if _, twice := answer[name]; twice {
			return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer has two series for %s", name)}
		}
		points := make([]behaviour.Point, len(series.Values))
		for i, p := range series.Values {
			points[i] = behaviour.Point{Time: p.Timestamp.Unix(), Value: float64(p.Value)}
		}
		answer[name] = q.describe(behaviour.Summarise(points, g.points))
	}
	return answer, nil
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
