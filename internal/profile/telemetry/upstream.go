package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/sigv4"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// UpstreamError reports a failed query, with the upstream's message.
type UpstreamError struct {
	Metric string
	Query  string
	Err    error
}

func (e *UpstreamError) Error() string { return fmt.Sprintf("query %s: %v", e.Metric, e.Err) }

func (e *UpstreamError) Unwrap() error { return e.Err }

// bounds of the wait between two tries
const (
	shortestWait = 100 * time.Millisecond
	longestWait  = 5 * time.Second
)

// newUpstream returns the API of a Prometheus. It retries temporary failures and signs each try again.
func newUpstream(config Config) (v1.API, error) {
	transport := config.Transport
	if transport == nil {
		transport = api.DefaultRoundTripper
	}
	if config.SigV4 != nil {
		var err error
		if transport, err = sigv4.NewSigV4RoundTripper(config.SigV4, transport); err != nil {
			return nil, fmt.Errorf("sign requests: %w", err)
		}
		transport = onlySent{transport}
	}
	again := &retryablehttp.Client{
		HTTPClient:   budget.Client(budget.AnswerMargin, transport),
		RetryMax:     config.Tries - 1,
		RetryWaitMin: shortestWait, RetryWaitMax: longestWait,
		CheckRetry: worthRetrying, Backoff: jitteredBackoff,
		ErrorHandler: lastAnswer,
	}
	client, err := api.NewClient(api.Config{Address: config.URL, Client: again.StandardClient()})
	if err != nil {
		return nil, fmt.Errorf("invalid Prometheus URL: %w", withoutURL(err))
	}
	if at := client.URL("", nil); at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("invalid Prometheus URL %q: expected http://HOST or https://HOST", at.Redacted())
	}
	return v1.NewAPI(client), nil
}

// onlySent removes headers without values before signing: they are not sent, so a signature over them does not match.
// client_golang adds one for net/http, Idempotency-Key.
type onlySent struct{ next http.RoundTripper }

func (o onlySent) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	maps.DeleteFunc(r.Header, func(_ string, values []string) bool { return len(values) == 0 })
	return o.next.RoundTrip(r)
}

// lastAnswer returns the last answer, for its message, unless there is an error.
func lastAnswer(answer *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && answer != nil {
		return nil, errors.Join(err, answer.Body.Close())
	}
	return answer, err
}

// worthRetrying rejects retries that would come too late.
func worthRetrying(ctx context.Context, answer *http.Response, err error) (bool, error) {
	if errors.Is(err, budget.ErrRedirect) {
		return false, err
	}
	again, check := retryablehttp.DefaultRetryPolicy(ctx, answer, err)
	if wait, asked := retryAfter(answer); again && asked {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return false, nil
		}
	}
	return again, check
}

// jitteredBackoff waits as long as the upstream asks for, or twice as long each time. It adds up to as much again, so
// that clients rejected together do not retry together.
func jitteredBackoff(least, most time.Duration, tries int, answer *http.Response) time.Duration {
	wait, asked := retryAfter(answer)
	if !asked {
		wait = retryablehttp.DefaultBackoff(least, most, tries, nil)
	}
	return wait + rand.N(min(wait, most)+1)
}

// retryAfter returns the wait that an answer asks for, in seconds or as a date.
func retryAfter(answer *http.Response) (time.Duration, bool) {
	if answer == nil {
		return 0, false
	}
	after := answer.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(after); err == nil {
		return max(0, time.Until(date)), true
	}
	return 0, false
}

// queryRange runs a range query in a free slot, expecting at most the given number of series.
func (c *Collector) queryRange(
	ctx context.Context,
	q question,
	r v1.Range,
	series int64,
) (value model.Value, warnings, infos []string, err error) {
	ctx = budget.WithAnswerLimit(ctx, answerLimit(series, int64(r.End.Sub(r.Start)/r.Step)+1))
	err = c.inSlot(ctx, q, func(ctx context.Context) (err error) {
		value, warnings, infos, err = c.api.QueryRange(ctx, q.text, r, v1.WithTimeout(c.config.Timeout))
		return err
	})
	return value, redactTexts(warnings), redactTexts(infos), err
}

// redactTexts removes secrets from remarks of the upstream.
func redactTexts(all []string) []string {
	r := redact.New(nil)
	for i, text := range all {
		all[i] = r.RedactMessage(text)
	}
	return all
}

// answerLimit returns the size limit of an answer with that many series and points.
func answerLimit(series, points int64) budget.Limit {
	l := budget.AnswerMargin
	l.Name = fmt.Sprintf("bytes for %d series of %d points", series, points)
	l.Most += series * (budget.SeriesBytes.Most + points*budget.PointBytes.Most)
	return l
}

// queryNames returns the metric names of the series that a selector matches.
func (c *Collector) queryNames(ctx context.Context, selector string, start, end time.Time) (values model.LabelValues, err error) {
	q := question{metric: Metric{Name: "the names of the metrics"}, text: selector}
	err = c.inSlot(ctx, q, func(ctx context.Context) (err error) {
		values, _, _, err = c.api.LabelValues(ctx, model.MetricNameLabel, []string{selector}, start, end)
		return err
	})
	return values, err
}

// inSlot runs one request with its deadline in a free slot. It returns an UpstreamError or the context's error.
func (c *Collector) inSlot(ctx context.Context, q question, request func(context.Context) error) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.slots }()
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	err := request(limited)
	var said *v1.Error
	exceeded := budget.IsExceeded(err)
	switch {
	case err == nil:
		return nil
	case exceeded != nil:
		err = fmt.Errorf("the answer has %w", exceeded)
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		err = fmt.Errorf("no answer within %s", c.config.Timeout)
	case errors.As(err, &said) && said.Detail != "" && !strings.Contains(said.Msg, said.Detail):
		err = fmt.Errorf("%w: %s", err, firstLine(said.Detail))
	}
	return &UpstreamError{q.metric.Name, q.text, redact.New(nil).RedactError(withoutURL(err))}
}

// withoutURL removes the URL from a net/http error, because it is long and can hold credentials. The host stays.
func withoutURL(err error) error {
	var at *url.Error
	if !errors.As(err, &at) {
		return err
	}
	inner := withoutURL(at.Err)
	if asked, wrong := url.Parse(at.URL); wrong == nil && asked.Host != "" && !strings.Contains(inner.Error(), asked.Host) {
		return fmt.Errorf("%s: %w", asked.Host, inner)
	}
	return inner
}

// firstLine shortens a page of text to a line that fits into an error.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(line); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return line
}
