// Package pages renders the profile service as HTML on the server; the same views serve as
// reports. Pages work without JavaScript, load nothing from other hosts, and use the same
// store, recorder and engine as the API and the command line.
package pages

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/temporal-dsql/temporal-dsql/internal/cache"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/compilation"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// Store reads profiles and assessments.
type Store interface {
	List(ctx context.Context, f store.Filter, limit int, cursor string) (*store.Page, error)
	Get(ctx context.Context, id string) (*behaviour.Profile, error)
	Before(ctx context.Context, m behaviour.Metadata, most int, then time.Time) ([]behaviour.Profile, error)
	Clusters(ctx context.Context) ([]store.Cluster, error)
	Assessments(ctx context.Context, f store.AssessmentFilter, limit int, cursor string) (*store.AssessmentPage, error)
	Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error)
	Baselines
}

// Baselines reads and sets baselines.
type Baselines interface {
	Metadata(ctx context.Context, id string) (behaviour.Metadata, error)
	Baseline(ctx context.Context, cluster, namespace string) (*store.Baseline, error)
	SetBaseline(ctx context.Context, id string, condition store.Condition) (store.Baseline, error)
}

// Watcher assesses the newest window of a cluster and namespace again, against a new baseline.
type Watcher interface {
	AssessNewest(ctx context.Context, cluster, namespace string) error
}

// Recorder creates profiles.
type Recorder interface {
	Create(ctx context.Context, q record.Request) (behaviour.Metadata, error)
	Progress(key string) (record.Progress, bool)
	Clusters() []string
}

// Config configures the pages.
type Config struct {
	Store    Store
	Recorder Recorder
	// Watcher is called for a new baseline; nil means no assessments.
	Watcher Watcher
	// Access verifies the tokens of users who sign in; empty means no sign-in.
	Access access.Control
	// Engines evaluate what the pages show.
	Engines *evaluator.Pool
	Version string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Pages serves everything under api.UIPath.
type Pages struct {
	config  Config
	frame   frame.Frame
	engines *engines.Pool
	sparks  *cache.Cache[string, []sparkCell]         // by profile
	healths *cache.Cache[[2]string, *verdicts.Health] // by baseline and profile
	handler http.Handler
}

// New returns the pages. CUE is loaded when the first page needs it.
func New(c Config) (*Pages, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	shared := frame.Frame{Version: c.Version}
	compiler := compilation.New(shared, c.Engines, c.Now)
	p := &Pages{
		config: c, frame: shared, engines: compiler.Engines(),
		sparks: cache.New[string, []sparkCell](sparkCacheSize), healths: cache.New[[2]string, *verdicts.Health](healthCacheSize),
	}
	handlers := compiler.Routes()
	maps.Copy(handlers, map[string]frame.Handler{
		"GET /{$}":                               p.redirectHome,
		"GET /profiles":                          p.showProfiles,
		"GET /profiles/new":                      p.showNewProfile,
		"POST /profiles/new":                     p.createProfile,
		"GET /creations/{key}":                   p.showProgress,
		"GET /profiles/{id}":                     p.showProfile,
		"GET /profiles/{id}/series":              p.showSeries,
		"GET /profiles/{id}/json":                p.showDocument,
		"GET /profiles/{id}/baseline":            p.showConfirmation,
		"POST /profiles/{id}/baseline":           p.replaceBaseline,
		"GET /compare":                           p.showComparison,
		"GET /clusters":                          p.showClusters,
		"GET " + api.SignInPath[len(basePath):]:  p.showSignIn,
		"POST " + api.SignInPath[len(basePath):]: p.startSession,
		"POST /sign-out":                         p.endSession,
		"/":                                      p.showNotFound,
	})
	routes := http.NewServeMux()
	for pattern, handler := range handlers {
		routes.HandleFunc(pattern, p.handlePage(handler))
	}
	if _, err := frame.LoadAssets(); err != nil {
		return nil, err
	}
	routes.HandleFunc("GET /static/{name}", frame.ServeAsset)
	p.handler = http.StripPrefix(basePath, gzhttp.GzipHandler(frame.WithSecurityHeaders(routes)))
	return p, nil
}

func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// basePath is api.UIPath without its final slash.
var basePath = strings.TrimSuffix(api.UIPath, "/")

// handlePage serves a page, or its error as a page.
func (p *Pages) handlePage(serve frame.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			p.RenderProblem(w, r, frame.ProblemOf(err))
		}
	}
}

// RenderProblem shows a problem as a page. Without a token, it redirects to the sign-in
// page.
func (p *Pages) RenderProblem(w http.ResponseWriter, r *http.Request, reason *problem.Problem) {
	if reason.Status == http.StatusUnauthorized && r.Method == http.MethodGet {
		if isCrossSite(r) {
			frame.WithSecurityHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Refresh", "0; url="+localAddress(r.RequestURI))
				p.frame.Render(w, r, http.StatusOK, "again", frame.View{Title: "One moment", Body: localAddress(r.RequestURI)})
			})).ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, signInAddress(r), http.StatusSeeOther)
		return
	}
	frame.WithSecurityHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request.LogProblem(r.Context(), reason)
		p.frame.Render(w, r, reason.Status, "problem", frame.View{Title: reason.Title, Body: reason})
	})).ServeHTTP(w, r)
}

func (p *Pages) redirectHome(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, api.UIPath+"profiles", http.StatusSeeOther)
	return nil
}

func (p *Pages) showNotFound(_ http.ResponseWriter, r *http.Request) error {
	return frame.NotFoundProblem("unknown page " + api.UIPath + r.URL.Path[1:])
}

// isCrossSite reports whether a link of another site led here. The browser then withholds
// the session cookie, and sends it when a page of ours leads here.
func isCrossSite(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") == "cross-site" }
