package monitoring

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// NewTraces returns a provider that exports traces by OTLP over HTTP as the OTEL_*
// variables configure, or a no-op without an endpoint. The returned function flushes and
// stops the export.
func NewTraces(ctx context.Context, env func(string) string, version string) (trace.TracerProvider, func(context.Context) error, error) {
	endpoint := env("OTEL_EXPORTER_OTLP_ENDPOINT") + env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	none := func(context.Context) error { return nil }
	switch {
	case endpoint == "", env("OTEL_SDK_DISABLED") == "true", env("OTEL_TRACES_EXPORTER") == "none":
		return noop.NewTracerProvider(), none, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if p := env(name); p != "" && p != "http/protobuf" {
			return nil, nil, fmt.Errorf("%s: unsupported protocol %q; use http/protobuf", name, p)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("send traces: %w", err)
	}
	// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override these attributes
	of, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "temporal-dsql"),
		attribute.String("service.version", version)), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, nil, fmt.Errorf("send traces: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(of))
	return provider, provider.Shutdown, nil
}

// InstrumentTransport counts and traces queries to a Prometheus.
func InstrumentTransport(next http.RoundTripper, m *Metrics, traces trace.TracerProvider) http.RoundTripper {
	tracer, counted := traces.Tracer(tracerName), m.instrumentUpstream(next)
	return roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		ctx, span := tracer.Start(r.Context(), "prometheus "+r.URL.Path, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Host),
			attribute.String("url.path", r.URL.Path)))
		defer span.End()
		r = r.Clone(ctx)
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(r.Header))
		answer, err := counted.RoundTrip(r)
		switch {
		case err != nil:
			span.SetStatus(codes.Error, redact.New(nil).RedactMessage(err.Error()))
		default:
			span.SetAttributes(attribute.Int("http.response.status_code", answer.StatusCode))
			if answer.StatusCode >= http.StatusBadRequest {
				span.SetStatus(codes.Error, answer.Status)
			}
		}
		return answer, err
	})
}
