package monitoring

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// tracerName names the tracer of the service.
const tracerName = "github.com/temporal-dsql/temporal-dsql"

// Paths of the probes.
const (
	LivePath    = "/livez"
	ReadyPath   = "/readyz"
	MetricsPath = "/metrics"
)

// IsProbe reports whether a path is one of a probe.
func IsProbe(path string) bool { return path == LivePath || path == ReadyPath || path == MetricsPath }

// ObserveRequests returns middleware that counts, traces and logs each request under its route.
func ObserveRequests(routes chi.Routes, m *Metrics, traces trace.TracerProvider, logger *slog.Logger) func(http.Handler) http.Handler {
	tracer := traces.Tracer(tracerName)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			m.inFlight.Inc()
			defer m.inFlight.Dec()
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			route := routes.Find(chi.NewRouteContext(), method, r.URL.Path)
			if route == "" {
				route = "other"
			}
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := tracer.Start(ctx, r.Method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
				attribute.String("http.request.method", r.Method), attribute.String("http.route", route),
				attribute.String("url.path", request.LoggedPath(r))))
			defer span.End()
			answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			next.ServeHTTP(answer, r.WithContext(ctx))
			code := max(answer.Status(), http.StatusOK) // 0 if nothing was written
			span.SetAttributes(attribute.Int("http.response.status_code", code))
			if code >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, http.StatusText(code))
			}
			took := time.Since(start)
			m.requests.WithLabelValues(route, methodLabel(r.Method), strconv.Itoa(code)).Observe(took.Seconds())
			logRequest(logger, r.WithContext(ctx), route, code, answer.BytesWritten(), took)
		})
	}
}

// methodLabel maps unknown methods to "other", so that clients cannot create labels.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodPut, http.MethodPatch, http.MethodOptions:
		return method
	}
	return "other"
}

// logRequest logs a request; successful probes at debug level.
func logRequest(logger *slog.Logger, r *http.Request, route string, code, bytes int, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case code >= http.StatusInternalServerError:
		level = slog.LevelError
	case IsProbe(route):
		level = slog.LevelDebug
	}
	if !logger.Enabled(r.Context(), level) {
		return
	}
	k := request.InfoFrom(r.Context())
	attrs := []slog.Attr{
		slog.String("request_id", k.ID), slog.String("method", r.Method), slog.String("path", request.LoggedPath(r)),
		slog.String("route", route), slog.Int("status", code), slog.Int("bytes", bytes), slog.Float64("seconds", took.Seconds()),
		slog.String("remote", r.RemoteAddr),
	}
	if k.Caller != "" {
		attrs = append(attrs, slog.String("caller", k.Caller))
	}
	if at := trace.SpanContextFromContext(r.Context()); at.IsValid() {
		attrs = append(attrs, slog.String("trace_id", at.TraceID().String()))
	}
	if p := k.Problem(); p != nil {
		attrs = append(attrs, slog.String("problem", p.Type), slog.String("detail", p.Detail))
		if cause := p.Unwrap(); cause != nil {
			attrs = append(attrs, slog.String("cause", cause.Error()))
		}
	}
	logger.LogAttrs(r.Context(), level, "request", attrs...)
}
