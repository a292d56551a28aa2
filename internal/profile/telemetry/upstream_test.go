package telemetry_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/prometheus/sigv4"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

// A proxy in front of the Prometheus can refuse or delay requests.
type proxy struct {
	URL string
	// answers in Prometheus' place and says true, or lets the request pass
	intercept func(http.ResponseWriter, *http.Request, int) bool

	mu                    sync.Mutex
	asked, inFlight, most int
	slowest               time.Duration
}

func behind(t testing.TB, intercept func(http.ResponseWriter, *http.Request, int) bool) *proxy {
	target, err := url.Parse(prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{intercept: intercept}
	through := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		// who asked may have gone
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked++
		p.inFlight++
		p.most = max(p.most, p.inFlight)
		n, before := p.asked, time.Now()
		p.mu.Unlock()
		if !p.intercept(w, r, n) {
			through.ServeHTTP(w, r)
		}
		p.mu.Lock()
		p.inFlight--
		p.slowest = max(p.slowest, time.Since(before))
		p.mu.Unlock()
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

func (p *proxy) collector(t testing.TB, adjust ...func(*telemetry.Config)) *telemetry.Collector {
	return collector(t, "t", append([]func(*telemetry.Config){func(c *telemetry.Config) { c.URL = p.URL }}, adjust...)...)
}

// refuse answers the first n requests with a status.
func refuse(n, status int, retryAfter string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, _ *http.Request, i int) bool {
		if i > n {
			return false
		}
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "refused for the moment, %d", i)
		return true
	}
}

func TestRefusedForTheMoment(t *testing.T) {
	for _, status := range []int{
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			p := behind(t, refuse(3, status, ""))
			r := collect(t, p.collector(t), nil)
			if s := find(t, r, "throughput.workflows_started_per_sec"); !isNear(*s.Mean, 40) || r.Collection.Partial {
				t.Errorf("%+v", s)
			}
			if want := 3 + telemetry.DefaultConcurrency; p.asked != want {
				t.Errorf("asked %d times, not %d", p.asked, want)
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	before := time.Now()
	collect(t, behind(t, refuse(1, http.StatusTooManyRequests, "1")).collector(t), nil)
	if took := time.Since(before); took < time.Second {
		t.Errorf("asked again after %s", took)
	}
	// what comes after the deadline is not waited for: that would take a minute
	before = time.Now()
	_, err := behind(
		t,
		refuse(100, http.StatusTooManyRequests, "60"),
	).collector(t).
		Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if err == nil || !strings.Contains(err.Error(), "429") || time.Since(before) >= time.Minute {
		t.Errorf("after %s: %v", time.Since(before), err)
	}
}

// isRangeOf reports whether a request asks for the metric of this name.
func isRangeOf(r *http.Request, name string) bool {
	if !strings.HasSuffix(r.URL.Path, "/query_range") {
		return false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form, err := url.ParseQuery(string(body))
	return err == nil && strings.Contains(form.Get("query"), name)
}

// breaking fails one metric's query, as Prometheus does.
func breaking(name string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if !isRangeOf(r, name) {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`)
		return true
	}
}

func TestFailedQueryFailsTheRequest(t *testing.T) {
	c := behind(t, breaking("approximate_backlog_count")).collector(t)
	_, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end})
	var up *telemetry.UpstreamError
	if !errors.As(err, &up) || up.Metric != "matching.backlog_count" ||
		!strings.Contains(err.Error(), "query processing would load too many samples into memory") {
		t.Fatal(err)
	}
	// unless a part is asked for, which is marked
	r, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end, AllowPartial: true})
	if err != nil {
		t.Fatal(err)
	}
	if s := find(
		t,
		r,
		"matching.backlog_count",
	); s.Status != behaviour.NoData || !strings.Contains(s.Reason, "too many samples") ||
		s.Check() != nil {
		t.Errorf("%+v", s)
	}
	if s := find(t, r, "matching.sync_match_rate"); s.Status != behaviour.OK {
		t.Errorf("%+v", s)
	}
	if c := r.Collection; !c.Partial || len(c.Failed) != 1 || !strings.Contains(c.Failed[0], "matching.backlog_count") {
		t.Errorf("%+v", c)
	}
}

func TestPrometheusDown(t *testing.T) {
	nobody := httptest.NewServer(nil)
	nobody.Close()
	for _, partial := range []bool{false, true} {
		for name, c := range map[string]*telemetry.Collector{
			"unreachable": collector(t, "t", func(c *telemetry.Config) { c.URL, c.Tries = nobody.URL, 2 }),
			"out of order": behind(t, func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if strings.HasSuffix(r.URL.Path, "/query_range") {
					http.Error(w, "the store is gone", http.StatusServiceUnavailable)
					return true
				}
				return false
			}).collector(t, func(c *telemetry.Config) { c.Tries = 1 }),
		} {
			_, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end, AllowPartial: partial})
			var up *telemetry.UpstreamError
			if !errors.As(err, &up) {
				t.Errorf("%s, partial %v: %v", name, partial, err)
			}
			if name == "out of order" && !strings.Contains(err.Error(), "the store is gone") {
				t.Errorf("the upstream's words are lost: %v", err)
			}
		}
	}
}

// An error names the host that did not respond, and nothing else of the URL.
func TestErrorsHoldNoURL(t *testing.T) {
	nobody := httptest.NewServer(nil)
	nobody.Close()
	host := strings.TrimPrefix(nobody.URL, "http://")
	secret := "http://reader:pass-of-reader@" + host + "/tenant-7f3a/prom?token=tok-of-reader"
	wrong := func(err error) {
		t.Helper()
		for _, part := range []string{"pass-of-reader", "tok-of-reader", "tenant-7f3a", "query_range", "reader"} {
			if err == nil || strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v", part, err)
			}
		}
	}
	_, err := collector(
		t,
		"t",
		func(c *telemetry.Config) { c.URL, c.Tries = secret, 2 },
	).Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if wrong(err); err == nil || strings.Count(err.Error(), host) != 1 || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("who does not answer is not told once: %v", err)
	}
	// an answer that breaks off names nobody by itself
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	_, err = collector(
		t,
		"t",
		func(c *telemetry.Config) { c.URL, c.Tries = cut.URL, 1 },
	).Collect(t.Context(), telemetry.Query{Start: start, End: end})
	if wrong(err); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(cut.URL, "http://")+": EOF") {
		t.Error(err)
	}
	_, err = telemetry.New(telemetry.Config{URL: "http://reader:pass-of-reader@host:port"}, catalogue)
	wrong(err)
}

func delayed(by time.Duration) func(http.ResponseWriter, *http.Request, int) bool {
	return func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		// a server sees that its client has gone once it has read the whole request
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return true
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		select {
		case <-time.After(by):
		case <-r.Context().Done():
		}
		return false
	}
}

// An answer comes in an hour: the test ends because collecting does.
func TestDeadline(t *testing.T) {
	_, err := behind(
		t,
		delayed(time.Hour),
	).collector(t, func(c *telemetry.Config) { c.Timeout = 100 * time.Millisecond }).
		Collect(t.Context(), telemetry.Query{Start: start, End: end})
	var up *telemetry.UpstreamError
	if !errors.As(err, &up) || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := behind(t, delayed(time.Hour)).collector(t).Collect(ctx, telemetry.Query{Start: start, End: end, AllowPartial: true})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// However many windows are collected at once, no more queries are in flight than permitted.
func TestConcurrencyIsBounded(t *testing.T) {
	p := behind(t, delayed(20*time.Millisecond))
	c := p.collector(t, func(c *telemetry.Config) { c.Concurrency = 5 })
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// the names, the process starts, and as many queries of at most eight questions as it takes: some 70, many in two dialects
	if p.most != 5 || p.asked != 3*(1+1+9) {
		t.Errorf("%d in flight, %d in all", p.most, p.asked)
	}
}

func TestProgress(t *testing.T) {
	var told []int
	_, err := collector(t, "t").Collect(t.Context(), telemetry.Query{Start: start, End: end, Progress: func(done, total int) {
		if total != len(catalogue) {
			t.Errorf("%d in all", total)
		}
		told = append(told, done)
	}})
	if err != nil || len(told) != len(catalogue) {
		t.Fatal(err, told)
	}
	for i, done := range told {
		if done != i+1 {
			t.Fatal(told)
		}
	}
}

func TestCostGuard(t *testing.T) {
	limited := func(samples int64) error {
		_, err := collector(
			t,
			"t",
			func(c *telemetry.Config) { c.MaxSamples = samples },
		).Collect(t.Context(), telemetry.Query{Start: start, End: end})
		return err
	}
	var costs *telemetry.CostError
	if err := limited(1); !errors.As(err, &costs) {
		t.Fatal(err)
	}
	if err := limited(costs.Estimate); err != nil {
		t.Errorf("what the estimate allows: %v", err)
	}
	if err := limited(costs.Estimate - 1); err == nil {
		t.Error("one sample less is allowed")
	}
	// By hand, at each of 237 points. Rates touch the 4 samples of a minute: of 3 series of service_requests
	// (workflows started), 1 of poll_success and 1 of its sync share in 2 metrics, 1 of state transitions, 3
	// buckets in 2 quantiles of 2 kinds of tasks, 2 containers in 3 series, poll_success again, and the 3 series of
	// service_requests in 4 metrics that are zero where it is there. The others touch 2 series of the backlog, 2 of the
	// pool, 1 of the reservoir and 6 of slots in 2 metrics. Once, three ranges of the window touch
	// the 240 samples of each of 5 series at a time that tell of process starts.
	if want := int64(237*(4*(3+2*2+1+3*2*2+2*3+1+4*3)+2+2+1+2*6) + 3*240*5); costs.Estimate != want {
		t.Errorf("the estimate is %d, not %d", costs.Estimate, want)
	}
}

// Each try is signed as Amazon Managed Prometheus asks: signing it again, with the same
// time and key, gives the same signature.
func TestSigV4(t *testing.T) {
	key := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI"}
	p := behind(t, func(w http.ResponseWriter, r *http.Request, n int) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil {
			t.Errorf("signed at %q: %v", r.Header.Get("X-Amz-Date"), err)
		}
		again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), strings.NewReader(string(body)))
		if err != nil {
			t.Error(err)
			return false
		}
		if content := r.Header.Get("Content-Type"); content != "" {
			again.Header.Set("Content-Type", content)
		}
		if err := signer.NewSigner().SignHTTP(r.Context(), key, again, digest(body), "aps", "eu-west-1", at); err != nil {
			t.Error(err)
		}
		if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want {
			http.Error(w, "the signature does not match", http.StatusForbidden)
			t.Errorf("%s is signed %q, not %q", r.URL.Path, got, want)
			return true
		}
		return refuse(2, http.StatusTooManyRequests, "")(w, r, n)
	})
	c := p.collector(t, func(c *telemetry.Config) {
		c.SigV4 = &sigv4.SigV4Config{Region: "eu-west-1", AccessKey: key.AccessKeyID, SecretKey: "wJalrXUtnFEMI"}
	})
	if s := find(t, collect(t, c, nil), "throughput.workflows_started_per_sec"); !isNear(*s.Mean, 40) {
		t.Errorf("%+v", s)
	}
}

func digest(body []byte) string { return fmt.Sprintf("%x", sha256.Sum256(body)) }

// With 50 ms for each query: how long collecting takes, as a multiple of its
// slowest query.
func BenchmarkCollect(b *testing.B) {
	for name, dialect := range map[string]string{"dialect set": "tally", "dialect found out": ""} {
		b.Run(name, func(b *testing.B) {
			p := behind(b, delayed(50*time.Millisecond))
			c := p.collector(b, func(c *telemetry.Config) { c.Dialect = dialect })
			var ratios []float64
			for b.Loop() {
				p.slowest = 0
				before := time.Now()
				collect(b, c, nil)
				ratios = append(ratios, float64(time.Since(before))/float64(p.slowest))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "collect/slowest")
		})
	}
}
