package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// scope names the traces.
const scope = "github.com/temporal-dsql/temporal-dsql"

// what is known of a request while it is served.
type known struct {
	id string
	// who asks, where that is told, and what that one may
	who   string
	grant Grant
	// what went wrong, for the log
	problem *Problem
}

type knownKey struct{}

func knownOf(ctx context.Context) *known {
	if k, ok := ctx.Value(knownKey{}).(*known); ok {
		return k
	}
	return &known{}
}

func requestID(ctx context.Context) string { return knownOf(ctx).id }

const requestIDHeader = "X-Request-Id"

// identified gives each request an id, which is its own if it has a sound one.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !soundID(id) {
			id = uuid.NewString()
		}
		w.Header().Set(requestIDHeader, id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "private, no-cache") // kept, and asked for by ETag each time
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), knownKey{}, &known{id: id})))
	})
}

const longestID = 128

func soundID(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == ':', c == '/', c == '=', c == '+':
		default:
			return false
		}
	}
	return id != "" && len(id) <= longestID
}

// observed counts, traces and logs each request under the pattern of its path.
func (s *Server) observed(routes chi.Routes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			s.config.Metrics.inFlight.Inc()
			defer s.config.Metrics.inFlight.Dec()
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			route := routes.Find(chi.NewRouteContext(), method, r.URL.Path)
			if route == "" {
				route = "other"
			}
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := s.tracer.Start(ctx, r.Method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
				attribute.String("http.request.method", r.Method), attribute.String("http.route", route), attribute.String("url.path", r.URL.Path),
			))
			defer span.End()
			answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			next.ServeHTTP(answer, r.WithContext(ctx))
			code := max(answer.Status(), http.StatusOK) // 0 where nothing was written
			span.SetAttributes(attribute.Int("http.response.status_code", code))
			if code >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, http.StatusText(code))
			}
			took := time.Since(start)
			s.config.Metrics.requests.WithLabelValues(route, knownMethod(r.Method), strconv.Itoa(code)).Observe(took.Seconds())
			s.log(r.WithContext(ctx), route, code, answer.BytesWritten(), took)
		})
	}
}

// knownMethod keeps what anybody may write out of the labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodPut, http.MethodPatch, http.MethodOptions:
		return method
	}
	return "other"
}

// log tells of a request; of those that ask only how the service is, on demand.
func (s *Server) log(r *http.Request, route string, code, bytes int, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case code >= http.StatusInternalServerError:
		level = slog.LevelError
	case probe(route):
		level = slog.LevelDebug
	}
	if !s.config.Log.Enabled(r.Context(), level) {
		return
	}
	k := knownOf(r.Context())
	said := []slog.Attr{
		slog.String("request_id", k.id), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("route", route),
		slog.Int("status", code), slog.Int("bytes", bytes), slog.Float64("seconds", took.Seconds()), slog.String("remote", r.RemoteAddr),
	}
	if k.who != "" {
		said = append(said, slog.String("who", k.who))
	}
	if at := trace.SpanContextFromContext(r.Context()); at.IsValid() {
		said = append(said, slog.String("trace_id", at.TraceID().String()))
	}
	if p := k.problem; p != nil {
		said = append(said, slog.String("problem", p.Type), slog.String("detail", p.Detail))
		if p.cause != nil {
			said = append(said, slog.String("cause", p.cause.Error()))
		}
	}
	s.config.Log.LogAttrs(r.Context(), level, "request", said...)
}

// recovered answers where the service has a fault, and keeps serving.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			s.config.Log.LogAttrs(r.Context(), slog.LevelError, "fault", slog.String("request_id", requestID(r.Context())),
				slog.Any("fault", fault), slog.String("stack", string(debug.Stack())))
			writeProblem(w, r, problemOf(&internalError{fmt.Errorf("%v", fault)}))
		}()
		next.ServeHTTP(w, r)
	})
}

// countBody counts the values of a JSON body while it is read.
func countBody(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	r.Body = countedBody{budget.JSON(r.Body), r.Body, w}
	next(ctx)
}

type countedBody struct {
	io.Reader
	io.Closer
	answer http.ResponseWriter
}

// Read lifts huma's deadline for the body at its end. net/http does so too, but not
// where there is no body: then the deadline would end a request that takes longer.
func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		_ = http.NewResponseController(b.answer).SetReadDeadline(time.Time{}) // a recorder has none
	}
	return n, err
}

// inSlot holds an operation to the slots of creations before its body is read.
func (s *Server) inSlot(ctx huma.Context, next func(huma.Context)) {
	leave, err := s.config.Recorder.Enter()
	if err != nil {
		r, w := humachi.Unwrap(ctx)
		writeProblem(w, r, problemOf(err))
		return
	}
	defer leave()
	next(ctx)
}

// limited refuses more requests at once than there may be.
func (s *Server) limited(next http.Handler) http.Handler {
	slots := make(chan struct{}, s.config.Concurrent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if probe(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		defer s.served.Add(1)
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			next.ServeHTTP(w, r)
		default:
			writeProblem(w, r, problem(http.StatusTooManyRequests, busy,
				fmt.Sprintf("%d requests are being served, which is all that may be at once", s.config.Concurrent), "ask again in a moment").retryAfter(1))
		}
	})
}
