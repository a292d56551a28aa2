// Package api is the profile service's HTTP API, its OpenAPI, and who may use
// it. Each group of operations is a file with one function that registers it.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
)

// A Recorder makes profiles.
type Recorder interface {
	Create(ctx context.Context, q record.Request) (Metadata, error)
	Progress(key string) (record.Progress, bool)
	Clusters() []string
	// Enter takes one of the slots of creations and imports.
	Enter() (leave func(), err error)
}

// What holds where a Config does not say otherwise.
const (
	DefaultMaxBody    = 1 << 20
	DefaultConcurrent = 256
	DefaultDrain      = 30 * time.Second
)

// Config is what a Server is made of.
type Config struct {
	Store    *Store
	Recorder Recorder
	Comparer Comparer
	Assessor Assessor
	Watcher  Watcher // nil is none
	Metrics  *Metrics
	Log      *slog.Logger
	// Traces is nil where nobody collects them.
	Traces trace.TracerProvider
	// Pages are what people look at; nil is none.
	Pages Pages
	// Access says who may. The zero value lets everybody who reaches the server by
	// a loopback address.
	Access Access
	// Origins are those whose pages may ask: https://HOST.
	Origins []string
	// MaxBody is the most bytes of a request, but for imports.
	MaxBody int64
	// Concurrent is how many requests are served at once; more are refused.
	Concurrent int
	// Drain is how long requests under way may take at the end.
	Drain   time.Duration
	Version string
}

// A Server serves profiles.
type Server struct {
	config   Config
	tracer   trace.Tracer
	handler  http.Handler
	draining atomic.Bool
	served   atomic.Int64 // requests, but for probes
	ready    readiness
}

// errors of the API are problems of ours; huma asks a package's variable for them
var asProblems = sync.OnceFunc(func() {
	huma.NewError = humaProblem
	huma.NewErrorWithContext = func(_ huma.Context, status int, detail string, errs ...error) huma.StatusError {
		return humaProblem(status, detail, errs...)
	}
})

// New makes a Server. It listens to nothing yet.
func New(c Config) (*Server, error) {
	s, routes := begin(c)
	s.probes(routes)
	api := s.api(routes)
	s.profiles(api)
	s.baselines(api)
	s.exchange(api)
	s.comparisons(api)
	s.verdicts(api)
	s.assessments(api)
	s.clusters(api)
	s.pages(routes)
	return s.wrapped(routes)
}

// NewProbes makes a Server that tells how a process is, and serves nothing else:
// /livez, /readyz and /metrics.
func NewProbes(c Config) (*Server, error) {
	s, routes := begin(c)
	s.probes(routes)
	return s.wrapped(routes)
}

func begin(c Config) (*Server, chi.Router) {
	asProblems()
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Concurrent <= 0 {
		c.Concurrent = DefaultConcurrent
	}
	if c.Drain <= 0 {
		c.Drain = DefaultDrain
	}
	if c.Traces == nil {
		c.Traces = noop.NewTracerProvider()
	}
	s := &Server{config: c, tracer: c.Traces.Tracer(scope)}
	routes := chi.NewRouter()
	routes.Use(middleware.GetHead)
	routes.NotFound(func(w http.ResponseWriter, r *http.Request) { writeProblem(w, r, noSuchPage(r)) })
	routes.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { writeProblem(w, r, noSuchMethod(r)) })
	return s, routes
}

// wrapped serves routes with what each request goes through.
func (s *Server) wrapped(routes chi.Router) (*Server, error) {
	origins, err := s.origins()
	if err != nil {
		return nil, err
	}
	// the last one is asked first
	s.handler = routes
	for _, wrap := range []func(http.Handler) http.Handler{origins, s.limited, s.recovered, s.observed(routes), identified} {
		s.handler = wrap(s.handler)
	}
	return s, nil
}

// api is the part of the service that OpenAPI describes.
func (s *Server) api(routes chi.Router) huma.API {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	describeDomain(schemas)
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "temporal-dsql", Version: s.config.Version,
				Description: "Behaviour profiles of Temporal clusters on Aurora DSQL: a labelled snapshot of a time window, with its configuration and telemetry.",
			},
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				bearer: {Type: "http", Scheme: "bearer", Description: "A token of the service's file of tokens, or of its OIDC issuer. Scopes: read, write."},
			}},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{noteProblems},
	}
	api := humachi.New(routes, c)
	api.UseMiddleware(s.mayCall, countBody)
	return api
}

// Handler serves every path.
func (s *Server) Handler() http.Handler { return s.handler }

// limits of a connection.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	idleTimeout   = 2 * time.Minute
	// longer than the slowest Prometheus that is waited for
	writeTimeout = 10 * time.Minute
	maxHeader    = 64 << 10
)

// Serve serves until the context ends, and then what is under way.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	web := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(l) }()
	if err := s.settle(ctx, ended); err != nil {
		return err
	}
	s.draining.Store(true)
	s.config.Log.Info("draining", "for", s.config.Drain.String())
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Drain)
	defer cancel()
	err := web.Shutdown(limited)
	if err != nil {
		err = errors.Join(errors.New("requests were cut off after "+s.config.Drain.String()), web.Close())
	}
	if stopped := <-ended; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	return err
}

// quiet is how long nobody asks before memory is given back.
const quiet = 10 * time.Second

// settle waits for the end. What making profiles leaves behind is a multiple of
// what serving takes, and is given back whenever the service has become quiet.
func (s *Server) settle(ctx context.Context, ended <-chan error) error {
	tick := time.NewTicker(quiet)
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
