package telemetry

import (
	"context"
	"fmt"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// CostError reports that a window exceeds the sample limit.
type CostError struct{ Estimate, Limit int64 }

func (e *CostError) Error() string {
	return fmt.Sprintf("the window touches about %d samples, and the limit is %d", e.Estimate, e.Limit)
}

// countPoints is the number of points in a window at which series are counted.
const countPoints = 5

// checkCost rejects collections that exceed the sample limit. It estimates that a query touches, at each point, all
// samples of every series with its names within the rate's range.
func (c *Collector) checkCost(ctx context.Context, asked []question, exported map[string]bool, g grid) error {
	counts, err := c.countSeries(ctx, exported, g)
	if err != nil {
		return err
	}
	var estimate int64
	for _, q := range asked {
		points, each := int64(g.points), int64(1)
		switch {
		case q.rate:
			each = int64(g.window / c.config.ScrapeInterval)
		case q.metric.CountsStarts():
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

// countSeries returns the largest number of series of each name.
func (c *Collector) countSeries(ctx context.Context, names map[string]bool, g grid) (map[string]int64, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var exported []string
	for _, name := range catalogueNames(c.metrics) {
		if names[name] {
			exported = append(exported, name)
		}
	}
	q := question{metric: Metric{Name: "cost"}, text: "count by (__name__) (" + c.selectNames(exported) + ")"}
	value, _, _, err := c.queryRange(
		ctx,
		q,
		v1.Range{Start: g.first, End: g.last, Step: max(g.step, g.last.Sub(g.first)/countPoints)},
		int64(len(exported)),
	)
	if err != nil {
		return nil, err
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, &UpstreamError{q.metric.Name, q.text, fmt.Errorf("expected a matrix, found a %s", value.Type())}
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
