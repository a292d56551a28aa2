package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
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
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// tracerName names the tracer of the service.
const tracerName = "github.com/temporal-dsql/temporal-dsql"

// requestInfo is what the service records about a request while it serves it.
type requestInfo struct {
	id string
	// caller is the holder of the token, if there is one
	caller string
	grant  Grant
	// problem is logged
	problem *problem.Problem
}

type requestInfoKey struct{}

func requestInfoFrom(ctx context.Context) *requestInfo {
	if k, ok := ctx.Value(requestInfoKey{}).(*requestInfo); ok {
		return k
	}
	return &requestInfo{}
}

func requestID(ctx context.Context) string { return requestInfoFrom(ctx).id }

const requestIDHeader = "X-Request-Id"

// assignRequestID takes a valid X-Request-Id from the client or else generates one.
func assignRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !isValidRequestID(id) {
			id = uuid.NewString()
		}
		w.Header().Set(requestIDHeader, id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "private, no-cache") // clients revalidate by ETag
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestInfoKey{}, &requestInfo{id: id})))
	})
}

const maxRequestIDLength = 128

func isValidRequestID(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' &&
			c <= '9', c == '-', c == '_', c == '.', c == ':', c == '/', c == '=', c == '+':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxRequestIDLength
}

// observeRequests counts, traces and logs each request under its route.
func (s *Server) observeRequests(routes chi.Routes) func(http.Handler) http.Handler {
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
				attribute.String(
					"http.request.method",
					r.Method,
				),
				attribute.String("http.route", route),
				attribute.String("url.path", loggedPath(r)),
			))
			defer span.End()
			answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			next.ServeHTTP(answer, r.WithContext(ctx))
			code := max(answer.Status(), http.StatusOK) // 0 if nothing was written
			span.SetAttributes(attribute.Int("http.response.status_code", code))
			if code >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, http.StatusText(code))
			}
			took := time.Since(start)
			s.config.Metrics.requests.WithLabelValues(route, methodLabel(r.Method), strconv.Itoa(code)).Observe(took.Seconds())
			s.logRequest(r.WithContext(ctx), route, code, answer.BytesWritten(), took)
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

// maxLoggedPath limits the path of a request in logs and traces.
const maxLoggedPath = 256

// loggedPath returns the path of a request for logs and traces, without secrets.
func loggedPath(r *http.Request) string {
	path := r.URL.Path
	if len(path) > maxLoggedPath {
		path = strings.ToValidUTF8(path[:maxLoggedPath], "") + "…"
	}
	// a segment can be a secret that the path around it hides
	for i := range len(path) {
		if path[i] == '/' && redact.HasSecret(path[i+1:]) {
			return path[:i+1] + "(withheld)"
		}
	}
	return path
}

// logRequest logs a request; successful probes at debug level.
func (s *Server) logRequest(r *http.Request, route string, code, bytes int, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case code >= http.StatusInternalServerError:
		level = slog.LevelError
	case isProbe(route):
		level = slog.LevelDebug
	}
	if !s.config.Log.Enabled(r.Context(), level) {
		return
	}
	k := requestInfoFrom(r.Context())
	attrs := []slog.Attr{
		slog.String("request_id", k.id), slog.String("method", r.Method), slog.String("path", loggedPath(r)), slog.String("route", route),
		slog.Int("status", code), slog.Int("bytes", bytes), slog.Float64("seconds", took.Seconds()), slog.String("remote", r.RemoteAddr),
	}
	if k.caller != "" {
		attrs = append(attrs, slog.String("caller", k.caller))
	}
	if at := trace.SpanContextFromContext(r.Context()); at.IsValid() {
		attrs = append(attrs, slog.String("trace_id", at.TraceID().String()))
	}
	if p := k.problem; p != nil {
		attrs = append(attrs, slog.String("problem", p.Type), slog.String("detail", p.Detail))
		if cause := p.Unwrap(); cause != nil {
			attrs = append(attrs, slog.String("cause", cause.Error()))
		}
	}
	s.config.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// recoverPanic answers a panic with a problem and keeps serving.
func (s *Server) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			s.config.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request_id", requestID(r.Context())),
				slog.Any("panic", fault), slog.String("stack", string(debug.Stack())))
			writeProblem(w, r, problem.NewInternal(fmt.Errorf("%v", fault)))
		}()
		next.ServeHTTP(w, r)
	})
}

// countJSONValues limits the number of values in a JSON body while it is read.
func countJSONValues(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	r.Body = countedBody{budget.JSON(r.Body), r.Body, w}
	next(ctx)
}

type countedBody struct {
	io.Reader
	io.Closer
	answer http.ResponseWriter
}

// Read lifts huma's read deadline at the end of the body. net/http does that too, except
// for an empty body, whose deadline would abort a slow request.
func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		_ = http.NewResponseController(b.answer).SetReadDeadline(time.Time{}) // a recorder has no deadline
	}
	return n, err
}

// limitImports takes one of the recorder's slots before the body is read.
func (s *Server) limitImports(ctx huma.Context, next func(huma.Context)) {
	leave, err := s.config.Recorder.EnterImport()
	if err != nil {
		r, w := humachi.Unwrap(ctx)
		writeProblem(w, r, problem.Of(err))
		return
	}
	defer leave()
	next(ctx)
}

// limitPath rejects long paths: what follows can cost more the longer they are.
func limitPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := budget.PathBytes.Check(int64(len(r.URL.Path))); err != nil {
			writeProblem(w, r, problem.New(http.StatusRequestURITooLong, problem.KindTooLarge,
				"path: "+err.Error(), budget.PathBytes.Remedy))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitConcurrency rejects requests beyond the concurrency limit, except for probes.
func (s *Server) limitConcurrency(next http.Handler) http.Handler {
	slots := make(chan struct{}, s.config.Concurrent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isProbe(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		defer s.served.Add(1)
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			next.ServeHTTP(w, r)
		default:
			writeProblem(w, r, problem.New(http.StatusTooManyRequests, problem.KindBusy,
				fmt.Sprintf("all %d request slots are in use", s.config.Concurrent), "send it again in a moment").WithRetryAfter(1))
		}
	})
}

// writeProblem writes the problem of a request that does not reach huma.
func writeProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	logged := recordProblem(r.Context(), p)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problem.MediaType)
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(logged) // the client is gone
	}
}

// recordProblem stores a problem for the request log and returns it with the request id.
func recordProblem(ctx context.Context, p *problem.Problem) *problem.Problem {
	k := requestInfoFrom(ctx)
	k.problem = p
	r := redact.New(nil)
	p.Detail = r.RedactMessage(p.Detail)
	for _, e := range p.Errors {
		e.Message = r.RedactMessage(e.Message)
		if text, ok := e.Value.(string); ok {
			e.Value = r.RedactMessage(text)
		}
	}
	logged := *p
	logged.RequestID = k.id
	return &logged
}

// recordHumaProblem records problems that huma writes.
func recordHumaProblem(ctx huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*problem.Problem); ok {
		return recordProblem(ctx.Context(), p), nil
	}
	return body, nil
}
