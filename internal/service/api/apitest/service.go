// Package apitest checks the profile service through its API, with a real Prometheus and
// the store under test.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// World is what the services of a test share: a Prometheus with the history of a cluster,
// the telemetry catalogue, a comparer and an assessor.
type World struct {
	Prometheus string
	Engine     *compile.Engine
	Metrics    []telemetry.Metric
	Comparer   *compare.Comparer
	Assessor   *verdicts.Assessor
}

// StartWorld starts a Prometheus, which stop ends.
func StartWorld() (w *World, stop func() error, err error) {
	p, err := prometheustest.Start(historySamples())
	if err != nil {
		return nil, nil, err
	}
	if w, err = newWorld(p); err != nil {
		return nil, nil, errors.Join(err, p.Stop())
	}
	return w, p.Stop, nil
}

// Main runs the tests of a package with one World, for TestMain.
func Main(m *testing.M, world **World) int {
	return prometheustest.Main(m, historySamples(), func(p *prometheustest.Server) (err error) {
		*world, err = newWorld(p)
		return err
	})
}

func newWorld(p *prometheustest.Server) (*World, error) {
	engine, err := compile.New(".")
	if err != nil {
		return nil, err
	}
	w := &World{Prometheus: p.URL, Engine: engine}
	if w.Comparer, err = compare.New(engine); err != nil {
		return nil, err
	}
	if w.Assessor, err = verdicts.New(context.Background(), engine, time.Now); err != nil {
		return nil, err
	}
	w.Metrics, err = engine.CollectedMetrics()
	w.Metrics = slices.DeleteFunc(w.Metrics, func(m telemetry.Metric) bool { return !m.IsScraped() })
	return w, err
}

// The window that the history covers.
var (
	Start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	End   = Start.Add(time.Hour)
)

// historySamples returns a sample every 15 s for two hours around the window: 10 workflow
// starts a second in the namespace payments, 30 in orders, and 50 open connections.
func historySamples() string {
	var text strings.Builder
	series := func(of string, value func(seconds float64) float64) {
		for at := Start.Add(-30 * time.Minute); at.Before(End.Add(30 * time.Minute)); at = at.Add(15 * time.Second) {
			fmt.Fprintf(&text, "%s %v %d\n", of, value(at.Sub(Start).Seconds()+1800), at.Unix())
		}
	}
	text.WriteString("# TYPE service_requests unknown\n")
	for namespace, perSecond := range map[string]float64{"payments": 10, "orders": 30} {
		series(fmt.Sprintf("service_requests{namespace=%q,operation=\"StartWorkflowExecution\",service_name=\"frontend\"}", namespace),
			func(s float64) float64 { return perSecond * s })
	}
	text.WriteString("# TYPE poll_success unknown\n")
	series(`poll_success{namespace="orders",taskqueue="q",service_name="matching"}`, func(s float64) float64 { return 5 * s })
	text.WriteString("# TYPE dsql_pool_open gauge\n")
	series(`dsql_pool_open{service_name="history"}`, func(float64) float64 { return 50 })
	text.WriteString("# EOF\n")
	return text.String()
}

// Setup is what a test can change before the service starts.
type Setup struct {
	Telemetry telemetry.Config
	Record    record.Options
	Server    api.Config
	Kept      *store.Store
	// Pages returns the web UI; nil disables it.
	Pages func(api.Config) api.Pages
}

// Service is a running service of a test.
type Service struct {
	URL     string
	Log     *Log
	Kept    *store.Store
	Server  *api.Server
	Metrics []telemetry.Metric // of the catalogue
}

// Log collects the log of a service.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Serve starts a service on a store.
func (w *World) Serve(t testing.TB, o store.Options, adjust ...func(*Setup)) *Service {
	t.Helper()
	metrics := monitoring.NewMetrics()
	o.OnRetry = metrics.CountRetry
	kept, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Log: &Log{}, Kept: kept, Metrics: w.Metrics}
	traces := noop.NewTracerProvider()
	profiles := monitoring.NewStore(kept, metrics, traces)
	setup := &Setup{
		Telemetry: telemetry.Config{URL: w.Prometheus, Tries: 1, Timeout: 10 * time.Second,
			Transport: monitoring.InstrumentTransport(http.DefaultTransport, metrics, traces)},
		Record: record.Options{Store: profiles, Taker: snapshot.New(w.Engine, nil), Concurrency: 32},
		Server: api.Config{
			Store:   profiles,
			Metrics: metrics,
			Log:     monitoring.NewLog(s.Log, slog.LevelInfo),
			Traces:  traces,
			Version: "test",
		},
		Kept: kept,
	}
	for _, f := range adjust {
		f(setup)
	}
	if setup.Telemetry.URL != "" && setup.Record.Default.Telemetry == nil {
		collector, err := telemetry.New(setup.Telemetry, w.Metrics)
		if err != nil {
			t.Fatal(err)
		}
		setup.Record.Default.Telemetry = collector
		for id, c := range setup.Record.Clusters {
			c.Telemetry = collector
			setup.Record.Clusters[id] = c
		}
	}
	recorder := record.New(setup.Record)
	if setup.Server.Recorder == nil {
		setup.Server.Recorder = recorder
	}
	if setup.Server.Comparer == nil {
		setup.Server.Comparer = w.Comparer
	}
	if setup.Server.Assessor == nil {
		setup.Server.Assessor = w.Assessor
	}
	if setup.Server.Watcher == nil {
		setup.Server.Watcher = assess.New(assess.Options{
			Store: profiles, Recorder: recorder, Comparer: func() (assess.Comparer, error) { return w.Comparer, nil }, Assessor: w.Assessor,
			OnAssessed: metrics.RecordAssessment, Now: setup.Record.Now,
		})
	}
	if setup.Pages != nil {
		setup.Server.Pages = setup.Pages(setup.Server)
	}
	made, err := api.New(setup.Server)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = made
	listening := httptest.NewServer(made.Handler())
	s.URL = listening.URL
	t.Cleanup(func() {
		listening.Close()
		_ = kept.Close() // a test can close it
	})
	return s
}

// Response is a response of the service with its body.
type Response struct {
	*http.Response
	Data []byte
}

// fatalReporter is what rapid.T and testing.T share.
type fatalReporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Send sends a request. Bodies other than text are sent as JSON; headers are "Name: value".
func (s *Service) Send(t fatalReporter, method, path string, body any, headers ...string) *Response {
	t.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(b)
	case []byte:
		sent = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatalf("%v", err)
		}
		sent = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, s.URL+path, sent)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if sent != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	data, err := io.ReadAll(answer.Body)
	if err := answer.Body.Close(); err != nil {
		t.Fatalf("%v", err)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return &Response{answer, data}
}

// Decode decodes a JSON response with the expected status.
func (a *Response) Decode(t fatalReporter, status int, v any) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s, not %d: %s", a.Status, status, a.Data)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(a.Data, v); err != nil {
		t.Fatalf("%v: %s", err, a.Data)
	}
}

// DecodeProblem decodes a problem with the expected status and checks it against RFC 9457.
func (a *Response) DecodeProblem(t fatalReporter, status int, kind string) problem.Problem {
	t.Helper()
	var p problem.Problem
	a.Decode(t, status, &p)
	if a.Header.Get("Content-Type") != "application/problem+json" || p.Status != status || p.Title != http.StatusText(status) ||
		p.Detail == "" || p.Remedy == "" || p.RequestID != a.Header.Get("X-Request-Id") || p.Type != "urn:temporal-dsql:problem:"+kind {
		t.Fatalf("no whole problem of the kind %s: %s", kind, a.Data)
	}
	return p
}
