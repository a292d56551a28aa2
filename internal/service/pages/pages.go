// Package pages is what people look at: the profile service as HTML, rendered on
// the server, and the same as reports. Pages work without JavaScript, load
// nothing from elsewhere, and ask the same store, recorder and engine as the API
// and the command line do.
package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// A Store has the profiles.
type Store interface {
	List(ctx context.Context, f store.Filter, limit int, cursor string) (*store.Page, error)
	Get(ctx context.Context, id string) (*behaviour.Profile, error)
	Before(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Profile, error)
	Clusters(ctx context.Context) ([]store.Cluster, error)
	Assessments(ctx context.Context, f store.AssessmentFilter, limit int, cursor string) (*store.AssessmentPage, error)
	Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error)
	Baselines
}

// Baselines are what clusters and namespaces are held to.
type Baselines interface {
	Metadata(ctx context.Context, id string) (behaviour.Metadata, error)
	Baseline(ctx context.Context, cluster, namespace string) (*store.Baseline, error)
	SetBaseline(ctx context.Context, id string, expected *string) (store.Baseline, error)
}

// A Recorder makes profiles.
type Recorder interface {
	Create(ctx context.Context, q record.Request) (behaviour.Metadata, error)
	Progress(key string) (record.Progress, bool)
	Clusters() []string
}

// Config is what the pages are made of.
type Config struct {
	Store    Store
	Recorder Recorder
	// Access says whose token signs in; nobody is asked where it is empty.
	Access api.Access
	// Module is the folder whose CUE module the compile page takes, as the command
	// line does.
	Module  string
	Version string
	// Now is the clock; time.Now where there is none.
	Now func() time.Time
}

// Pages serve everything under api.UI.
type Pages struct {
	config   Config
	workshop *workshop
	sparks   *sparks
	healths  *healths
	handler  http.Handler
}

// New makes the pages. Nothing of CUE is loaded before a page needs it.
func New(c Config) (*Pages, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Pages{config: c, workshop: newWorkshop(c.Module, c.Now), sparks: newSparks(), healths: newHealths()}
	routes := http.NewServeMux()
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                        p.home,
		"GET /profiles":                   p.profiles,
		"GET /profiles/new":               p.newProfile,
		"POST /profiles/new":              p.createProfile,
		"GET /creations/{key}":            p.creation,
		"GET /profiles/{id}":              p.profile,
		"GET /profiles/{id}/series":       p.series,
		"GET /profiles/{id}/json":         p.document,
		"GET /profiles/{id}/baseline":     p.confirmBaseline,
		"POST /profiles/{id}/baseline":    p.setBaseline,
		"GET /compare":                    p.compare,
		"GET /clusters":                   p.clusters,
		"GET /compile":                    p.compilePage,
		"GET /compile/archive":            p.archive,
		"GET /compile/deployment":         p.deployment,
		"GET /parameters":                 p.parameters,
		"GET /parameters/{key}":           p.parameter,
		"GET " + api.SignIn[len("/ui"):]:  p.signIn,
		"POST " + api.SignIn[len("/ui"):]: p.startSession,
		"POST /sign-out":                  p.endSession,
		"/":                               p.nowhere,
	} {
		routes.HandleFunc(pattern, p.page(page))
	}
	if _, err := assets(); err != nil {
		return nil, err
	}
	routes.HandleFunc("GET /static/{name}", serveAsset)
	p.handler = http.StripPrefix("/ui", gzhttp.GzipHandler(guarded(routes)))
	return p, nil
}

func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// contentPolicy lets a page load what the service itself serves, and nothing inline.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}

// page serves what may fail: the failure is a page, too.
func (p *Pages) page(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			p.Refuse(w, r, problemOf(err))
		}
	}
}

// Refuse answers a request that the service does not follow. Who is asked for a
// token and has none is sent to where it can be given.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, problem *api.Problem) {
	if problem.Status == http.StatusUnauthorized && r.Method == http.MethodGet {
		if crossSite(r) {
			guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Refresh", "0; url="+within(r.RequestURI))
				p.render(w, r, http.StatusOK, "again", view{Title: "One moment", Body: within(r.RequestURI)})
			})).ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, signInFor(r), http.StatusSeeOther)
		return
	}
	guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.Note(r.Context(), problem)
		p.render(w, r, problem.Status, "problem", view{Title: problem.Title, Body: problem})
	})).ServeHTTP(w, r)
}

func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/ui/profiles", http.StatusSeeOther)
	return nil
}

func (p *Pages) nowhere(_ http.ResponseWriter, r *http.Request) error {
	return api.NotFound("there is no page " + api.UI + r.URL.Path[1:])
}
