// Package api is the profile service's HTTP API: its operations and their OpenAPI description. Each group of operations has
// a file with one function that registers it.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
	"github.com/temporal-dsql/temporal-dsql/internal/strictjson"
)

// Recorder creates profiles.
type Recorder interface {
	Create(ctx context.Context, q record.Request) (Metadata, error)
	Progress(key string) (record.Progress, bool)
	Clusters() []string
	// EnterImport takes a slot for an import.
	EnterImport() (leave func(), err error)
}

// DefaultDrain is how long requests in flight have when the server shuts down.
const DefaultDrain = 30 * time.Second

// Config configures a Server.
type Config struct {
	Store    *monitoring.Store
	Recorder Recorder
	Comparer Comparer
	Assessor Assessor
	Watcher  Watcher // nil disables assessments
	Metrics  *monitoring.Metrics
	Log      *slog.Logger
	// Traces is nil if traces are not collected.
	Traces trace.TracerProvider
	// Pages is the web UI; nil disables it.
	Pages Pages
	// Access authorises requests. The zero value allows requests from this machine.
	Access access.Control
	// Origins are the origins whose pages can call the API: https://HOST.
	Origins []string
	// MaxBody limits the bytes of a request, except for imports.
	MaxBody int64
	// Concurrent limits the requests in flight; more are rejected.
	Concurrent int
	// Drain limits the requests in flight when the server shuts down.
	Drain   time.Duration
	Version string
}

// Server serves the API.
type Server struct {
	config   Config
	handler  http.Handler
	draining atomic.Bool
	served   atomic.Int64 // requests except probes
	ready    readinessCache
}

// New returns a server. It does not listen yet.
func New(c Config) (*Server, error) {
	s, routes := newServer(c)
	s.registerProbes(routes)
	api := s.newAPI(routes)
	s.registerProfiles(api)
	s.registerBaselines(api)
	s.registerImport(api)
	s.registerComparisons(api)
	s.registerVerdicts(api)
	s.registerAssessments(api)
	s.registerClusters(api)
	s.registerPages(routes)
	return s.withMiddleware(routes)
}

// NewProbes returns a server with only /livez, /readyz and /metrics.
func NewProbes(c Config) (*Server, error) {
	s, routes := newServer(c)
	s.registerProbes(routes)
	return s.withMiddleware(routes)
}

func newServer(c Config) (*Server, chi.Router) {
	problem.ReplaceHumaErrors()
	if c.MaxBody <= 0 {
		c.MaxBody = budget.RequestBody.Most
	}
	if c.Concurrent <= 0 {
		c.Concurrent = int(budget.RequestsAtOnce.Most)
	}
	if c.Drain <= 0 {
		c.Drain = DefaultDrain
	}
	if c.Traces == nil {
		c.Traces = noop.NewTracerProvider()
	}
	s := &Server{config: c}
	routes := chi.NewRouter()
	routes.Use(middleware.GetHead)
	routes.NotFound(func(w http.ResponseWriter, r *http.Request) { request.WriteProblem(w, r, unknownPathProblem(r)) })
	routes.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { request.WriteProblem(w, r, methodProblem(r)) })
	return s, routes
}

func unknownPathProblem(r *http.Request) *problem.Problem {
	return problem.New(http.StatusNotFound, problem.KindNotFound,
		fmt.Sprintf("unknown path %s", request.LoggedPath(r)), "see /openapi.json for the paths")
}

func methodProblem(r *http.Request) *problem.Problem {
	return problem.New(http.StatusMethodNotAllowed, problem.KindMethodNotAllowed,
		fmt.Sprintf("method %s is not allowed on %s", r.Method, request.LoggedPath(r)), "").WithRemedy(remedy.ReadParameters)
}

// withMiddleware wraps the routes in the middleware that every request passes.
func (s *Server) withMiddleware(routes chi.Router) (*Server, error) {
	origins, err := s.config.Access.GuardOrigins(s.config.Origins)
	if err != nil {
		return nil, err
	}
	// the last one is the outermost
	s.handler = routes
	for _, wrap := range []func(http.Handler) http.Handler{
		origins,
		request.LimitPath,
		s.limitConcurrency,
		request.RecoverPanic(s.config.Log),
		monitoring.ObserveRequests(routes, s.config.Metrics, s.config.Traces, s.config.Log),
		request.AssignID,
		request.DrainBody,
	} {
		s.handler = wrap(s.handler)
	}
	return s, nil
}

// limitConcurrency rejects requests beyond the concurrency limit, except for probes.
func (s *Server) limitConcurrency(next http.Handler) http.Handler {
	slots := make(chan struct{}, s.config.Concurrent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if monitoring.IsProbe(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		defer s.served.Add(1)
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			next.ServeHTTP(w, r)
		default:
			request.WriteProblem(w, r, problem.New(http.StatusTooManyRequests, problem.KindBusy,
				fmt.Sprintf("all %d request slots are in use", s.config.Concurrent), "send it again in a moment").WithRetryAfter(1))
		}
	})
}

// newAPI returns the part of the service that OpenAPI describes.
func (s *Server) newAPI(routes chi.Router) huma.API {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registerDomainSchemas(schemas)
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "temporal-dsql",
				Version: s.config.Version,
				Description: "Behaviour profiles of Temporal clusters on Aurora DSQL: labelled snapshots of a time window with configuration " +
					"and telemetry.",
			},
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				bearerScheme: {
					Type:        "http",
					Scheme:      "bearer",
					Description: "A token of the tokens file or of the OIDC issuer. Scopes: read, write.",
				},
			}},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{suggestNames(schemas), request.LogHumaProblem},
	}
	api := humachi.New(routes, c)
	api.UseMiddleware(s.authoriseOperation, request.CountJSONValues)
	return api
}

// jsonFormat is JSON in which each reader finds the same values.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: strictjson.Unmarshal}

const bearerScheme = "token"

// scopeKey is the metadata key of an operation's scope, where it differs from the scope of
// its method.
const scopeKey = "scope"

// authoriseOperation rejects API requests whose token lacks the scope of the operation.
func (s *Server) authoriseOperation(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	scope, ok := op.Metadata[scopeKey].(access.Scope)
	if !ok {
		scope = access.MethodScope(op.Method)
	}
	r, w := humachi.Unwrap(ctx)
	if p := s.config.Access.Authorise(r, scope); p != nil {
		request.WriteProblem(w, r, p)
		return
	}
	next(ctx)
}

// Handler returns the handler of all paths.
func (s *Server) Handler() http.Handler { return s.handler }

// Limits of a connection.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	idleTimeout   = 2 * time.Minute
	// longer than the timeout of the slowest Prometheus
	writeTimeout = 10 * time.Minute
)

// Serve serves until the context ends, then drains the requests in flight.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	web := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    int(budget.RequestHeaders.Most),
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(l) }()
	if err := s.waitAndFreeMemory(ctx, ended); err != nil {
		return err
	}
	s.draining.Store(true)
	s.config.Log.Info("draining", "timeout", s.config.Drain.String())
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Drain)
	defer cancel()
	err := web.Shutdown(limited)
	if err != nil {
		err = errors.Join(errors.New("requests were aborted after "+s.config.Drain.String()), web.Close())
	}
	if stopped := <-ended; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	return err
}

// idleInterval is how long the service must be idle before it returns memory to the system.
const idleInterval = 10 * time.Second

// waitAndFreeMemory waits for the end of the context or the listener. Whenever the service
// is idle, it returns memory to the system: a creation needs a multiple of what serving
// needs.
func (s *Server) waitAndFreeMemory(ctx context.Context, ended <-chan error) error {
	tick := time.NewTicker(idleInterval)
	defer tick.Stop()
	var before, settled int64
	for {
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := s.served.Load()
		if now == before && now != settled {
			debug.FreeOSMemory()
			settled = now
		}
		before = now
	}
}
