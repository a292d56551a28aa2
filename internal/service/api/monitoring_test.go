package api_test

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
)

func TestMetrics(t *testing.T) {
	s := world.Serve(t, store.Options{DataDir: t.TempDir()})
	s.Send(t, http.MethodPost, "/profiles", apitest.ProfileBody(nil)).Decode(t, 201, nil)
	s.Send(t, http.MethodGet, "/profiles/none", nil).DecodeProblem(t, 404, "not-found")
	s.Send(t, http.MethodGet, "/x/y", nil).DecodeProblem(t, 404, "not-found")
	s.Send(t, "BREW", "/profiles", nil).DecodeProblem(t, 405, "method-not-allowed")
	text := string(s.Send(t, http.MethodGet, "/metrics", nil).Data)
	for _, line := range []string{
		`temporal_dsql_http_request_duration_seconds_count{code="201",method="POST",route="/profiles"} 1`,
		`temporal_dsql_http_request_duration_seconds_count{code="404",method="GET",route="/profiles/{id}"} 1`,
		`temporal_dsql_http_request_duration_seconds_count{code="404",method="GET",route="other"} 1`,
		`temporal_dsql_http_request_duration_seconds_count{code="405",method="other",route="other"} 1`,
		`temporal_dsql_http_requests_in_flight 1`,
		`temporal_dsql_profile_requests_total{outcome="created"} 1`,
		`temporal_dsql_upstream_query_duration_seconds_count{code="200"} 16`,
		`temporal_dsql_store_operation_duration_seconds_count{operation="create",outcome="ok"} 1`,
		`temporal_dsql_store_operation_duration_seconds_count{operation="get",outcome="refused"} 1`,
		`temporal_dsql_store_occ_retries_total 0`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("no %s", line)
		}
	}
}

// TestTraces checks that a trace covers the service, Prometheus and the store, with the
// real exporter.
func TestTraces(t *testing.T) {
	var mu sync.Mutex
	names, of := []string{}, map[string]bool{}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		data, err := io.ReadAll(body)
		var sent coltrace.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(data, &sent) != nil {
			t.Errorf("not read: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, from := range sent.ResourceSpans {
			for _, scope := range from.ScopeSpans {
				for _, span := range scope.Spans {
					names = append(names, span.Name)
					of[hex.EncodeToString(span.TraceId)] = true
				}
			}
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}
	traces, sent, err := monitoring.NewTraces(t.Context(), func(name string) string { return env[name] }, "test")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := world.Serve(t, store.Options{DataDir: t.TempDir()}, func(s *apitest.Setup) {
		s.Server.Traces = traces
		s.Server.Store = monitoring.NewStore(kept, s.Server.Metrics, traces)
		s.Record.Store = s.Server.Store
		seen := monitoring.InstrumentTransport(http.DefaultTransport, s.Server.Metrics, traces)
		s.Telemetry = telemetry.Config{URL: world.Prometheus, Transport: seen}
	})
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	s.Send(t, http.MethodPost, "/profiles", apitest.ProfileBody(nil), "traceparent: 00-"+trace+"-00f067aa0ba902b7-01").Decode(t, 201, nil)
	if err := sent(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"POST /profiles", "store create", "prometheus /api/v1/query_range"} {
		if !slices.Contains(names, name) {
			t.Errorf("no %s in %q", name, names)
		}
	}
	if len(of) != 1 || !of[trace] {
		t.Errorf("traces %v", of)
	}
	if !strings.Contains(s.Log.String(), `"trace_id":"`+trace+`"`) {
		t.Error("the log does not tell the trace")
	}
	// none where none is asked for, and no protocol that is not there
	for _, off := range []map[string]string{{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "x", "OTEL_SDK_DISABLED": "true"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "x", "OTEL_TRACES_EXPORTER": "none"}} {
		if _, _, err := monitoring.NewTraces(t.Context(), func(name string) string { return off[name] }, "test"); err != nil {
			t.Error(err)
		}
	}
	env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc"
	if _, _, err := monitoring.NewTraces(t.Context(), func(name string) string { return env[name] }, "test"); err == nil ||
		!strings.Contains(err.Error(), "http/protobuf") {
		t.Error(err)
	}
}
