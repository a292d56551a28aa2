package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// Where pages are, and the one of them at which people give their token.
const (
	UI     = "/ui/"
	SignIn = UI + "sign-in"
)

// assetsOf pages hold nothing of anybody.
const assetsOf = UI + "static/"

// Pages are what people look at, below UI.
type Pages interface {
	http.Handler
	// Refuse answers a request that may not what it asks for.
	Refuse(w http.ResponseWriter, r *http.Request, p *Problem)
}

// SessionCookie has the token of who signed in. It goes to pages and to nothing
// else, so that no operation of the API follows from being signed in.
const SessionCookie = "temporal_dsql_token"

// pages registers them, where there are any.
func (s *Server) pages(routes chi.Router) {
	pages := s.config.Pages
	if pages == nil {
		return
	}
	routes.Get("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, UI, http.StatusSeeOther) })
	routes.Get(strings.TrimSuffix(UI, "/"), func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, UI, http.StatusSeeOther) })
	routes.HandleFunc(UI+"*", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != SignIn && !strings.HasPrefix(r.URL.Path, assetsOf) {
			if p := s.admitSecret(r, sessionOf(r), needed(r.Method, nil)); p != nil {
				pages.Refuse(w, r, p)
				return
			}
		}
		pages.ServeHTTP(w, r)
	})
}

// sessionOf is the token that somebody signed in with, or that of the request.
func sessionOf(r *http.Request) string {
	if c, err := r.Cookie(SessionCookie); err == nil && c.Value != "" {
		return c.Value
	}
	return secretOf(r)
}

// Who tells whose token a request has, and whether it may change anything. Where
// nobody is asked for a token there is no name.
func Who(ctx context.Context) (name string, writes bool) {
	g := knownOf(ctx).grant
	return g.Name, g.Name == "" || g.may(Write)
}

// ProblemOf tells what an error of the layers below means to who asked.
func ProblemOf(err error) *Problem { return problemOf(err) }

// NotFound is of what is not there.
func NotFound(detail string) *Problem {
	return problem(http.StatusNotFound, notFound, detail, "see "+UI+" for what there is")
}

// Invalid is of a request that cannot be followed.
func Invalid(detail, remedy string) *Problem {
	return problem(http.StatusBadRequest, invalidRequest, detail, remedy)
}

// Failed is of a fault of the service.
func Failed(err error) *Problem { return problemOf(&internalError{err}) }

// Note tells the log of a problem that is shown as a page, and the problem what
// the log calls it.
func Note(ctx context.Context, p *Problem) { p.RequestID = noted(ctx, p).RequestID }
