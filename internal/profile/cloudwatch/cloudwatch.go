// Package cloudwatch collects the metrics of a profile that Amazon CloudWatch has, such as those of the database
// itself. The metrics come from the telemetry catalogue.
package cloudwatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/temporal-dsql/temporal-dsql/internal/awsclient"
	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// DefaultTimeout limits all calls for one window, including retries.
const DefaultTimeout = 30 * time.Second

// Config names what CloudWatch knows about a Temporal cluster.
type Config struct {
	// DSQLCluster is the Aurora DSQL cluster: its identifier or its endpoint.
	DSQLCluster string `json:"dsql_cluster"`
	// ECSMetrics adds CPU and memory of the services in ECS, which Services names.
	ECSMetrics bool         `json:"ecs_metrics"`
	Services   []ECSService `json:"-"`
	Region     string       `json:"region"`   // "" means that of the endpoint, or else of the AWS configuration
	RoleARN    string       `json:"role_arn"` // role to assume; "" means none
	Endpoint   string       `json:"endpoint"` // URL instead of Amazon's; "" means Amazon's
	// Timeout limits all calls for one window; 0 means DefaultTimeout.
	Timeout time.Duration `json:"-"`
	// Now is the clock; nil means time.Now.
	Now func() time.Time `json:"-"`
}

// ECSService is a service in Amazon ECS, by names or ARNs.
type ECSService struct{ Cluster, Name string }

// Error reports that CloudWatch did not answer as it should, with a remedy.
type Error struct {
	Err    error
	Remedy string
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// endpointPattern matches the identifier or the endpoint of an Aurora DSQL cluster.
var endpointPattern = regexp.MustCompile(`^([a-z0-9]{26})(?:\.dsql(?:-[a-z0-9]+)?\.([a-z]{2}(?:-[a-z]+)+-[0-9]+)\.on\.aws)?$`)

// Collector queries CloudWatch about one cluster. It is safe for concurrent use.
type Collector struct {
	config  Config
	metrics []metricQuery

	mu     sync.Mutex
	client *sdk.Client // nil before the first call; keeps connections and credentials
}

// metricQuery is a metric of the catalogue with the dimensions of the cluster.
type metricQuery struct {
	catalogue.Metric
	series     string // CATEGORY.METRIC, or CATEGORY.METRIC.SERVICE
	id         string // in calls
	dimensions []types.Dimension
	otherwise  []types.Dimension // nil means no others
}

// otherwiseID returns the id of the query with the other dimensions.
func (m metricQuery) otherwiseID() string { return m.id + "_otherwise" }

// New returns a Collector of the catalogue's metrics whose dimensions the configuration names. It sends no request.
func New(config Config, metrics []catalogue.Metric) (*Collector, error) {
	var targets []map[string]string // values of placeholders
	if config.DSQLCluster != "" || !config.ECSMetrics {
		parts := endpointPattern.FindStringSubmatch(config.DSQLCluster)
		if parts == nil {
			return nil, fmt.Errorf("%q is not the identifier or the endpoint of an Aurora DSQL cluster", config.DSQLCluster)
		}
		config.Region = cmp.Or(config.Region, parts[2])
		targets = append(targets, map[string]string{"{dsql_cluster}": parts[1]})
	}
	if config.ECSMetrics {
		if len(config.Services) == 0 {
			return nil, errors.New("ecs_metrics: no service in ECS is configured")
		}
		for _, s := range config.Services {
			targets = append(targets, map[string]string{"{ecs_cluster}": path.Base(s.Cluster), "{ecs_service}": path.Base(s.Name)})
		}
	}
	config.Timeout = cmp.Or(max(0, config.Timeout), DefaultTimeout)
	if config.Now == nil {
		config.Now = time.Now
	}
	c := &Collector{config: config}
	for _, m := range metrics {
		if m.CloudWatch == nil {
			continue
		}
		for _, target := range targets {
			q, applies, err := newMetricQuery(m, target)
			if err != nil {
				return nil, fmt.Errorf("catalogue metric %s: %w", m.Name, err)
			}
			if !applies {
				continue
			}
			if slices.ContainsFunc(c.metrics, func(other metricQuery) bool { return other.series == q.series }) {
				return nil, fmt.Errorf("two services in ECS have the same role: %s", q.series)
			}
			q.id = fmt.Sprintf("m%d", len(c.metrics))
			c.metrics = append(c.metrics, q)
		}
	}
	return c, nil
}

// newMetricQuery fills in the dimensions of a metric. It does not apply to a target without them, and not to an ECS
// service that runs no Temporal service.
func newMetricQuery(m catalogue.Metric, target map[string]string) (q metricQuery, applies bool, err error) {
	q = metricQuery{Metric: m, series: m.Name}
	if q.dimensions, applies = fillDimensions(m.CloudWatch.Dimensions, target); !applies {
		return q, false, nil
	}
	if q.otherwise, applies = fillDimensions(m.CloudWatch.Otherwise, target); !applies {
		return q, false, nil
	}
	if m.CloudWatch.Service != "" {
		pattern, err := regexp.Compile(m.CloudWatch.Service)
		if err != nil {
			return q, false, err
		}
		found := pattern.FindStringSubmatch(target["{ecs_service}"])
		if len(found) < 2 {
			return q, false, nil
		}
		q.series += "." + found[1]
	}
	return q, true, nil
}

// fillDimensions replaces placeholders. It is not ok if the target lacks one.
func fillDimensions(placeholders, target map[string]string) (all []types.Dimension, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(placeholders)) {
		value, has := target[placeholders[name]]
		if !has {
			return nil, false
		}
		all = append(all, types.Dimension{Name: aws.String(name), Value: aws.String(value)})
	}
	return all, true
}

// Collect queries and summarises each metric over the window. Filters do not apply, because CloudWatch has no metric of
// a namespace or task queue. A failure is an *Error.
func (c *Collector) Collect(ctx context.Context, r telemetry.Query) (*telemetry.Result, error) {
	g := newGrid(r.Start, r.End, c.config.Now())
	result := &telemetry.Result{Telemetry: behaviour.Telemetry{}}
	samples, failed := map[string]sampleSet{}, map[string]error{}
	if g.points > 0 {
		var err error
		if samples, failed, err = c.queryAll(ctx, g); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if !r.AllowPartial {
				return nil, err
			}
			for _, m := range c.metrics {
				failed[m.id] = err
			}
		}
	}
	for _, m := range c.metrics {
		if other := samples[m.otherwiseID()]; len(samples[m.id]) == 0 && len(other) > 0 {
			m.id, m.dimensions = m.otherwiseID(), m.otherwise
		}
		if err := failed[m.id]; err != nil {
			if !r.AllowPartial {
				return nil, err
			}
			result.Collection.Partial = true
			result.Collection.Failed = append(result.Collection.Failed, fmt.Sprintf("query %s: CloudWatch: %v", m.series, err))
		}
		category, name, _ := strings.Cut(m.series, ".")
		if result.Telemetry[category] == nil {
			result.Telemetry[category] = map[string]behaviour.Summary{}
		}
		result.Telemetry[category][name] = m.summarise(samples[m.id], failed[m.id], g)
	}
	return result, nil
}

// grid holds the periods of a window. Each sample covers the period before it, and none reaches beyond the window.
type grid struct {
	start, end time.Time
	period     time.Duration
	points     int
}

// Ages from which CloudWatch keeps only longer periods
// [Amazon CloudWatch user guide, Metrics retention, November 2026].
const (
	minutesKept     = 15 * 24 * time.Hour
	fiveMinutesKept = 63 * 24 * time.Hour
)

// newGrid lays at most behaviour.MaxPoints over a window.
func newGrid(start, end, now time.Time) grid {
	period := time.Minute
	switch age := now.Sub(start); {
	case age > fiveMinutesKept:
		period = time.Hour
	case age > minutesKept:
		period = 5 * time.Minute
	}
	most := behaviour.MaxPoints * period
	period *= max(1, (end.Sub(start)+most-1)/most)
	g := grid{start: start.Truncate(period), end: end.Truncate(period), period: period}
	if g.start.Before(start) {
		g.start = g.start.Add(period)
	}
	g.points = max(0, int(g.end.Sub(g.start)/period))
	return g
}

// sampleSet maps the start of a period to its value.
type sampleSet map[time.Time]float64

// maxQueried is CloudWatch's limit of metrics in one call.
const maxQueried = 500

// queryAll returns the samples of all metrics, by the id of their query, and what CloudWatch refuses of them.
func (c *Collector) queryAll(ctx context.Context, g grid) (all map[string]sampleSet, refused map[string]error, err error) {
	all, refused = map[string]sampleSet{}, map[string]error{}
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	client, err := c.openClient(limited)
	if err != nil {
		return all, refused, &Error{err, awsclient.Remedy}
	}
	pages := budget.CloudPages.Meter()
	for some := range slices.Chunk(c.metrics, maxQueried/2) {
		in := &sdk.GetMetricDataInput{
			StartTime: aws.Time(g.start), EndTime: aws.Time(g.end), ScanBy: types.ScanByTimestampAscending,
		}
		for _, m := range some {
			in.MetricDataQueries = append(in.MetricDataQueries, m.dataQuery(m.id, m.dimensions, g.period))
			if m.otherwise != nil {
				in.MetricDataQueries = append(in.MetricDataQueries, m.dataQuery(m.otherwiseID(), m.otherwise, g.period))
			}
		}
		for {
			out, err := client.GetMetricData(limited, in)
			if err == nil {
				err = pages.Spend(1)
			}
			if err == nil {
				err = addResults(all, refused, out.MetricDataResults, g)
			}
			if err != nil {
				return all, refused, c.wrapError(limited, err)
			}
			if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
				break
			}
		}
	}
	return all, refused, nil
}

// openClient returns the client, which it creates once.
func (c *Collector) openClient(ctx context.Context) (*sdk.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	loaded, err := awsclient.Load(ctx, c.config.Region, c.config.RoleARN)
	if err != nil {
		return nil, err
	}
	c.client = sdk.NewFromConfig(loaded, func(o *sdk.Options) {
		if c.config.Endpoint != "" {
			o.BaseEndpoint = aws.String(c.config.Endpoint)
		}
	})
	return c.client, nil
}

// dataQuery returns a metric as a call asks for it.
func (m metricQuery) dataQuery(id string, dimensions []types.Dimension, period time.Duration) types.MetricDataQuery {
	return types.MetricDataQuery{
		Id: aws.String(id),
		MetricStat: &types.MetricStat{
			Metric: &types.Metric{
				Namespace: aws.String(m.CloudWatch.Namespace), MetricName: aws.String(m.CloudWatch.Metric), Dimensions: dimensions,
			},
			Period: aws.Int32(int32(period / time.Second)),
			Stat:   aws.String(m.CloudWatch.Statistic),
		},
	}
}

// addResults adds the samples within the window to those of earlier pages.
func addResults(all map[string]sampleSet, refused map[string]error, results []types.MetricDataResult, g grid) error {
	for _, r := range results {
		id := aws.ToString(r.Id)
		if len(r.Timestamps) != len(r.Values) {
			return fmt.Errorf("the answer has %d times and %d values for one metric", len(r.Timestamps), len(r.Values))
		}
		if r.StatusCode == types.StatusCodeInternalError || r.StatusCode == types.StatusCodeForbidden {
			said := string(r.StatusCode)
			for _, m := range r.Messages {
				said += ": " + aws.ToString(m.Value)
			}
			refused[id] = &Error{redact.New(nil).RedactError(errors.New(said)), permissionRemedy}
		}
		if all[id] == nil {
			all[id] = sampleSet{}
		}
		for i, at := range r.Timestamps {
			if at = at.UTC(); !at.Before(g.start) && at.Before(g.end) {
				all[id][at] = r.Values[i]
			}
		}
	}
	return nil
}

const permissionRemedy = "grant the role cloudwatch:GetMetricData"

// wrapError returns an error of a call in CloudWatch's own words, without secrets.
func (c *Collector) wrapError(limited context.Context, err error) error {
	remedy := permissionRemedy
	var said smithy.APIError
	var answer *smithy.OperationError
	exceeded := budget.IsExceeded(err)
	switch {
	case exceeded != nil:
		err, remedy = fmt.Errorf("the answer has %w", exceeded), exceeded.Limit.Remedy
	case errors.As(err, &said):
		err = fmt.Errorf("%s: %s", said.ErrorCode(), said.ErrorMessage())
	case limited.Err() != nil:
		err, remedy = fmt.Errorf("no answer within %s", c.config.Timeout), "check that the service can reach CloudWatch in this region"
	case errors.As(err, &answer):
		err, remedy = answer.Err, "check region, credentials and the network"
	}
	return &Error{redact.New(nil).RedactError(err), remedy}
}

// summarise returns the summary of a metric. Periods without a sample are missing.
func (m metricQuery) summarise(samples sampleSet, failed error, g grid) (s behaviour.Summary) {
	switch {
	case failed != nil:
		s = behaviour.MissingSummary("the query failed: CloudWatch: "+failed.Error(), g.points)
	case g.points == 0:
		s = behaviour.MissingSummary(fmt.Sprintf("no period of %s of CloudWatch is within the window", g.period), 0)
	case len(samples) == 0:
		asked := m.describeQuery()
		for _, d := range m.otherwise {
			asked += " or " + aws.ToString(d.Name) + "=" + aws.ToString(d.Value)
		}
		s = behaviour.MissingSummary("CloudWatch has no samples in this window of "+asked, g.points)
	default:
		factor := m.CloudWatch.Scale
		if m.Kind == "rate" {
			factor /= g.period.Seconds()
		}
		points := make([]behaviour.Point, 0, len(samples))
		for at, value := range samples {
			points = append(points, behaviour.Point{Time: at.Add(g.period).Unix(), Value: value * factor})
		}
		s = behaviour.Summarise(points, g.points)
	}
	s.Unit, s.Kind, s.Scope, s.Query = m.Unit, m.Kind, []string{behaviour.Cluster}, m.describeQuery()
	return s
}

// describeQuery returns the query as text: AWS/AuroraDSQL OccConflicts Sum ClusterId=….
func (m metricQuery) describeQuery() string {
	parts := []string{m.CloudWatch.Namespace, m.CloudWatch.Metric, m.CloudWatch.Statistic}
	for _, d := range m.dimensions {
		parts = append(parts, aws.ToString(d.Name)+"="+aws.ToString(d.Value))
	}
	return strings.Join(parts, " ")
}
