package telemetry

import (
	"context"
	"fmt"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// A CostError says that a window costs more than it may.
type CostError struct{ Estimate, Limit int64 }

func (e *CostError) Error() string {
	return fmt.Sprintf("the window would touch about %d samples; allowed: %d", e.Estimate, e.Limit)
}

// counted is in how many places of a window its series are counted.
const counted = 5

// guard refuses a collection that touches more samples than it may, by an
// estimate: a query touches, at each of its points, every sample of every series
// that has its names, as far back as a rate looks.
func (c *Collector) guard(ctx context.Context, asked []question, exported map[string]bool, g grid) error {
	counts, err := c.counts(ctx, exported, g)
	if err != nil {
		return err
	}
	var estimate int64
	for _, q := range asked {
		points, each := int64(g.points), int64(1)
		switch {
		case q.rate:
			each = int64(g.window / c.config.ScrapeInterval)
		case q.metric.Counted():
			whole := g.last.Sub(g.start)
			points, each = 1, int64(strings.Count(q.text, "["+model.Duration(whole).String()+"]"))*int64(whole/c.config.ScrapeInterval)
		}
		for _, name := range q.series {
			estimate += points * each * counts[name]
		}
	}
	if estimate > c.config.MaxSamples {
		return &CostError{estimate, c.config.MaxSamples}
	}
	return nil
}

// counts tells how many series a name has, at most.
func (c *Collector) counts(ctx context.Context, names map[string]bool, g grid) (map[string]int64, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var exported []string
	for _, name := range wanted(c.metrics) {
		if names[name] {
			exported = append(exported, name)
		}
	}
	q := question{metric: Metric{Name: "cost"}, text: "count by (__name__) (" + c.selector(exported) + ")"}
	value, _, _, err := c.query(ctx, q, v1.Range{Start: g.first, End: g.last, Step: max(g.step, g.last.Sub(g.first)/counted)}, int64(len(exported)))
	if err != nil {
		return nil, err
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("the answer is a %s, not a matrix", value.Type())}
	}
	counts := map[string]int64{}
	for _, series := range matrix {
		name := string(series.Metric[model.MetricNameLabel])
		for _, p := range series.Values {
			counts[name] = max(counts[name], int64(p.Value))
		}
	}
	return counts, nil
}
