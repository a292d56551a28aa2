package cloudwatch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch/cloudwatchtest"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

var (
	start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	end   = start.Add(time.Hour)
)

// endpoint of the cluster that the server knows; it names the region
const endpoint = cloudwatchtest.Cluster + ".dsql.eu-west-1.on.aws"

var collectedMetrics = sync.OnceValues(func() ([]telemetry.Metric, error) { return compile.Embedded().CollectedMetrics() })

// newCollector returns a Collector of the catalogue's metrics that asks a server, some time after the window.
func newCollector(t *testing.T, url string, age time.Duration) *cloudwatch.Collector {
	t.Helper()
	metrics, err := collectedMetrics()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cloudwatch.New(cloudwatch.Config{
		DSQLCluster: endpoint, Endpoint: url, Timeout: 5 * time.Second, Now: func() time.Time { return end.Add(age) },
	}, metrics)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// countPerMinute serves each metric at a constant rate or level, as the user guide names them.
func countPerMinute(metric string, _ time.Time, period time.Duration) (float64, bool) {
	value, known := map[string]float64{
		"TotalTransactions Sum ClusterId": 6000, "OccConflicts Sum ClusterId": 30, "QueryTimeouts Sum ClusterId": 0,
		"CommitLatency Average ClusterId": 12, "TotalDPU Sum ResourceId": 90, "ComputeDPU Sum ResourceId": 30,
		"ReadDPU Sum ResourceId": 15, "WriteDPU Sum ResourceId": 45,
	}[strings.TrimSuffix(strings.TrimPrefix(metric, "AWS/AuroraDSQL "), "="+cloudwatchtest.Cluster)]
	if strings.Contains(metric, " Sum ") {
		value *= period.Minutes()
	}
	return value, known
}

func TestDatabaseMetrics_R10(t *testing.T) {
	s := cloudwatchtest.Start(t)
	s.Value = countPerMinute
	got, err := newCollector(t, s.URL, 0).Collect(t.Context(), telemetry.Query{
		Start: start, End: end, Filters: map[string]string{"namespace": "payments"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"transactions_per_sec": 100, "conflicts_per_sec": 0.5, "query_timeouts_per_sec": 0, "commit_latency_p50": 12,
		"dpu_per_sec": 1.5, "compute_dpu_per_sec": 0.5, "read_dpu_per_sec": 0.25, "write_dpu_per_sec": 0.75,
	}
	if len(got.Telemetry) != 1 || len(got.Telemetry["dsql"]) != len(want) {
		t.Fatalf("%d metrics: %v", got.Telemetry.Count(), got.Telemetry)
	}
	for name, value := range want {
		m := got.Telemetry["dsql"][name]
		if err := m.Check(); err != nil || m.Status != behaviour.OK || m.Samples != 60 {
			t.Fatalf("%s: %+v: %v", name, m, err)
		}
		if math.Abs(*m.Mean-value) > 1e-9 || m.Scope[0] != behaviour.Cluster {
			t.Errorf("%s is %v in scope %v, want %v", name, *m.Mean, m.Scope, value)
		}
		if first, last := m.Series[0].Time, m.Series[59].Time; first != start.Add(time.Minute).Unix() || last != end.Unix() {
			t.Errorf("%s: samples from %d to %d", name, first, last)
		}
	}
	const query = "AWS/AuroraDSQL TotalDPU Sum ResourceId=" + cloudwatchtest.Cluster
	if m := got.Telemetry["dsql"]["dpu_per_sec"]; m.Query != query || m.Unit != "DPU/s" || m.Kind != "rate" {
		t.Errorf("%+v", m)
	}
	// the DPU with both dimensions
	if asked := s.Asked(); len(asked) != 1 || len(asked[0].Metrics) != len(want)+4 {
		t.Errorf("the first of %d calls asks for %v", len(asked), asked[0].Metrics)
	}
}

// DPU are found under either dimension, and the profile names the one that has them.
func TestDPUDimensions(t *testing.T) {
	s := cloudwatchtest.Start(t)
	s.Value = func(metric string, at time.Time, period time.Duration) (float64, bool) {
		if strings.Contains(metric, " ResourceId=") {
			return 0, false
		}
		return countPerMinute(strings.Replace(metric, "DPU Sum ClusterId=", "DPU Sum ResourceId=", 1), at, period)
	}
	got, err := newCollector(t, s.URL, 0).Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if err != nil {
		t.Fatal(err)
	}
	const query = "AWS/AuroraDSQL TotalDPU Sum ClusterId=" + cloudwatchtest.Cluster
	if m := got.Telemetry["dsql"]["dpu_per_sec"]; m.Query != query || m.Samples != 60 || *m.Mean != 1.5 {
		t.Errorf("%+v", m)
	}
	s.Value = func(string, time.Time, time.Duration) (float64, bool) { return 0, false }
	if got, err = newCollector(t, s.URL, 0).Collect(t.Context(), telemetry.Query{Start: start, End: end}); err != nil {
		t.Fatal(err)
	}
	const both = "ResourceId=" + cloudwatchtest.Cluster + " or ClusterId=" + cloudwatchtest.Cluster
	if m := got.Telemetry["dsql"]["dpu_per_sec"]; m.Status != behaviour.NoData || !strings.HasSuffix(m.Reason, both) {
		t.Errorf("%+v", m)
	}
}

// What CloudWatch has not is missing, and never zero.
func TestGapsAreMissing(t *testing.T) {
	s := cloudwatchtest.Start(t)
	s.Value = func(metric string, at time.Time, period time.Duration) (float64, bool) {
		value, known := countPerMinute(metric, at, period)
		return value, known && !strings.Contains(metric, "OccConflicts") && at.Minute() != 7
	}
	got, err := newCollector(t, s.URL, 0).Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if err != nil {
		t.Fatal(err)
	}
	partial, missing := got.Telemetry["dsql"]["dpu_per_sec"], got.Telemetry["dsql"]["conflicts_per_sec"]
	if partial.Status != behaviour.Partial || partial.Samples != 59 || *partial.Min != 1.5 {
		t.Errorf("%+v", partial)
	}
	if missing.Status != behaviour.NoData || missing.Mean != nil ||
		!strings.Contains(missing.Reason, "no samples in this window of AWS/AuroraDSQL OccConflicts") {
		t.Errorf("%+v", missing)
	}
}

// Each period has the length that CloudWatch still keeps, and is within the window.
func TestPeriods(t *testing.T) {
	const day = 24 * time.Hour
	for name, x := range map[string]struct {
		start       time.Time
		length, age time.Duration
		period      time.Duration
		points      int
	}{
		"an hour":                   {start, time.Hour, 0, time.Minute, 60},
		"a day":                     {start, day, 0, 6 * time.Minute, 240},
		"between two minutes":       {start.Add(20 * time.Second), time.Hour, 0, time.Minute, 59},
		"after three weeks":         {start, time.Hour, 21 * day, 5 * time.Minute, 12},
		"after three months":        {start, 5 * time.Hour, 90 * day, time.Hour, 5},
		"shorter than any period":   {start.Add(20 * time.Second), 30 * time.Second, 0, time.Minute, 0},
		"shorter than what is kept": {start, 10 * time.Minute, 90 * day, time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := cloudwatchtest.Start(t)
			s.Value = countPerMinute
			got, err := newCollector(t, s.URL, x.age).Collect(t.Context(), telemetry.Query{Start: x.start, End: x.start.Add(x.length)})
			if err != nil {
				t.Fatal(err)
			}
			m := got.Telemetry["dsql"]["dpu_per_sec"]
			if err := m.Check(); err != nil || m.Samples != x.points || m.Expected != x.points {
				t.Fatalf("%+v: %v", m, err)
			}
			asked := s.Asked()
			if (len(asked) == 0) != (x.points == 0) {
				t.Fatalf("%d calls", len(asked))
			}
			if x.points == 0 {
				if !strings.Contains(m.Reason, "no period of 1") {
					t.Error(m.Reason)
				}
				return
			}
			if *m.Mean != 1.5 || asked[0].Period != x.period || asked[0].Start.Before(x.start) ||
				asked[0].End.After(x.start.Add(x.length)) {
				t.Errorf("%v a second, asked for %+v", *m.Mean, asked[0])
			}
		})
	}
}

// An answer in several pages is put together.
func TestPages(t *testing.T) {
	s := cloudwatchtest.Start(t)
	s.Value, s.PageSize = countPerMinute, 25
	got, err := newCollector(t, s.URL, 0).Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if err != nil {
		t.Fatal(err)
	}
	if m := got.Telemetry["dsql"]["dpu_per_sec"]; m.Samples != 60 || len(s.Asked()) < 3 {
		t.Errorf("%d samples in %d calls", m.Samples, len(s.Asked()))
	}
	s.PageSize = 1
	s.Value = func(string, time.Time, time.Duration) (float64, bool) { return 1, true }
	_, err = newCollector(t, s.URL, 0).Collect(t.Context(), telemetry.Query{Start: start, End: start.Add(3 * time.Hour)})
	if err == nil || !strings.Contains(err.Error(), "more than the limit of 100 pages") {
		t.Errorf("%v", err)
	}
}

// A temporary refusal of AWS is retried; a permanent one is reported with its message and the missing
// permission.
func TestRefusals(t *testing.T) {
	for name, x := range map[string]struct {
		refuse func(before int) (string, string)
		status func(metric string) (string, string)
		says   string // "" means that it succeeds
		remedy string
	}{
		"throttled": {refuse: func(before int) (string, string) {
			if before == 0 {
				return "ThrottlingException", "Rate exceeded"
			}
			return "", ""
		}},
		"denied": {
			refuse: func(int) (string, string) {
				return "AccessDenied", "not authorized to perform: cloudwatch:GetMetricData"
			},
			says: "AccessDenied: not authorized to perform: cloudwatch:GetMetricData", remedy: "grant the role cloudwatch:GetMetricData",
		},
		"one metric": {
			status: func(metric string) (string, string) {
				if strings.Contains(metric, "ReadDPU") {
					return "Forbidden", "not allowed to read it"
				}
				return "Complete", ""
			},
			says: "Forbidden: not allowed to read it", remedy: "grant the role cloudwatch:GetMetricData",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := cloudwatchtest.Start(t)
			s.Value, s.Refuse, s.Status = countPerMinute, x.refuse, x.status
			c := newCollector(t, s.URL, 0)
			got, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end})
			if x.says == "" {
				if err != nil || got.Telemetry["dsql"]["dpu_per_sec"].Status != behaviour.OK {
					t.Fatalf("%v", err)
				}
				return
			}
			var at *cloudwatch.Error
			if !errors.As(err, &at) || !strings.Contains(err.Error(), x.says) || at.Remedy != x.remedy {
				t.Fatalf("%+v", err)
			}
			got, err = c.Collect(t.Context(), telemetry.Query{Start: start, End: end, AllowPartial: true})
			if err != nil {
				t.Fatal(err)
			}
			m := got.Telemetry["dsql"]["read_dpu_per_sec"]
			if m.Status != behaviour.NoData || !strings.Contains(m.Reason, x.says) || !got.Collection.Partial ||
				!strings.Contains(strings.Join(got.Collection.Failed, "\n"), "query dsql.read_dpu_per_sec: CloudWatch: "+x.says) {
				t.Errorf("%+v, %+v", m, got.Collection)
			}
			if other := got.Telemetry["dsql"]["dpu_per_sec"]; (other.Status == behaviour.OK) != (x.status != nil) {
				t.Errorf("%+v", other)
			}
		})
	}
}

// A wrong signature is refused: the server checks them.
func TestSignatures(t *testing.T) {
	s := cloudwatchtest.Start(t)
	s.Value = countPerMinute
	c, err := cloudwatch.New(cloudwatch.Config{DSQLCluster: endpoint, Region: "us-east-1", Endpoint: s.URL}, dpuOnly(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if err == nil || !strings.Contains(err.Error(), "the signature is not that of this request, service and region") {
		t.Errorf("%v", err)
	}
}

// A server that does not answer, redirects or answers something else fails in time, and stops with its caller.
func TestOtherAnswers(t *testing.T) {
	cloudwatchtest.Start(t) // for the credentials
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect is followed") }))
	t.Cleanup(elsewhere.Close)
	for name, x := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"none": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then is the client's leaving noticed
			<-r.Context().Done()
		}, "no answer within 300ms"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "StatusCode: 307"},
		"a page": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>sign in</html>") }, "deserialization failed"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(x.answer)
			t.Cleanup(server.Close)
			c, err := cloudwatch.New(cloudwatch.Config{
				DSQLCluster: endpoint, Endpoint: server.URL, Timeout: 300 * time.Millisecond,
			}, dpuOnly(t))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Collect(t.Context(), telemetry.Query{Start: start, End: end})
			var at *cloudwatch.Error
			if !errors.As(err, &at) || !strings.Contains(err.Error(), x.says) || at.Remedy == "" {
				t.Errorf("%v", err)
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := c.Collect(gone, telemetry.Query{Start: start, End: end}); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
}

// dpuOnly returns one metric of the catalogue.
func dpuOnly(t *testing.T) []telemetry.Metric {
	t.Helper()
	metrics, err := collectedMetrics()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics {
		if m.Name == "dsql.dpu_per_sec" {
			return []telemetry.Metric{m}
		}
	}
	t.Fatal("dsql.dpu_per_sec is not in the catalogue")
	return nil
}

// CPU and memory of services in ECS have one series for each service of Temporal.
func TestECSMetrics_R10(t *testing.T) {
	s := cloudwatchtest.Start(t)
	var mu sync.Mutex
	asked := map[string]bool{}
	s.Value = func(metric string, _ time.Time, _ time.Duration) (float64, bool) {
		mu.Lock()
		defer mu.Unlock()
		asked[metric] = true
		return 40, strings.Contains(metric, "CPUUtilization") // percent
	}
	metrics, err := collectedMetrics()
	if err != nil {
		t.Fatal(err)
	}
	services := []cloudwatch.ECSService{
		{Cluster: "prod", Name: "payments-history"},
		{
			Cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
			Name:    "arn:aws:ecs:eu-west-1:123456789012:service/prod/payments-matching",
		},
		{Cluster: "prod", Name: "payments-app"}, // not a service of Temporal
	}
	config := cloudwatch.Config{ECSMetrics: true, Services: services, Region: "eu-west-1", Endpoint: s.URL}
	c, err := cloudwatch.New(config, metrics)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Telemetry) != 1 || len(got.Telemetry["resources"]) != 4 {
		t.Fatalf("%v", got.Telemetry)
	}
	for _, service := range []string{"history", "matching"} {
		cpu, memory := got.Telemetry["resources"]["cpu_utilization."+service], got.Telemetry["resources"]["memory_utilization."+service]
		if cpu.Status != behaviour.OK || math.Abs(*cpu.Mean-0.4) > 1e-9 || cpu.Unit != "ratio" {
			t.Errorf("%s: %+v", service, cpu)
		}
		if memory.Status != behaviour.NoData || memory.Check() != nil {
			t.Errorf("%s: %+v", service, memory)
		}
	}
	if query := "AWS/ECS CPUUtilization Average ClusterName=prod ServiceName=payments-matching"; len(asked) != 4 || !asked[query] {
		t.Errorf("%v", asked)
	}
	for says, services := range map[string][]cloudwatch.ECSService{
		"no service in ECS is configured": nil,
		"two services in ECS have the same role: resources.cpu_utilization.history": {
			{Cluster: "prod", Name: "payments-history"}, {Cluster: "prod", Name: "orders-history"},
		},
	} {
		config.Services = services
		if _, err := cloudwatch.New(config, metrics); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, not %q", err, says)
		}
	}
}

func TestClusterNames(t *testing.T) {
	for name, valid := range map[string]bool{
		cloudwatchtest.Cluster: true, endpoint: true, cloudwatchtest.Cluster + ".dsql-fnh4.eu-west-1.on.aws": true,
		"": false, "payments": false, endpoint + ".example.com": false, strings.ToUpper(cloudwatchtest.Cluster): false,
	} {
		_, err := cloudwatch.New(cloudwatch.Config{DSQLCluster: name}, dpuOnly(t))
		if (err == nil) != valid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
