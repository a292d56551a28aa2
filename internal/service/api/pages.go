package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// Paths of the web UI and its sign-in page.
const (
	UIPath     = "/ui/"
	SignInPath = UIPath + "sign-in"
)

// assetPath is the path of static files, which need no token.
const assetPath = UIPath + "static/"

// Pages is the web UI, below UIPath.
type Pages interface {
	http.Handler
	// RenderProblem answers a request that is not allowed.
	RenderProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem)
}

// SessionCookie holds the token of a signed-in user. Browsers send it to pages only, so it
// authorises no API request.
const SessionCookie = "temporal_dsql_token"

// registerPages registers the web UI, if the server has one.
func (s *Server) registerPages(routes chi.Router) {
	pages := s.config.Pages
	if pages == nil {
		return
	}
	routes.Get("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, UIPath, http.StatusSeeOther) })
	routes.Get(strings.TrimSuffix(UIPath, "/"), func(w http.ResponseWriter,
		r *http.Request) {
		http.Redirect(w, r, UIPath, http.StatusSeeOther)
	})
	routes.HandleFunc(UIPath+"*", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != SignInPath && !strings.HasPrefix(r.URL.Path, assetPath) {
			if p := s.authoriseToken(r, sessionToken(r), requiredScope(r.Method, nil)); p != nil {
				pages.RenderProblem(w, r, p)
				return
			}
		}
		pages.ServeHTTP(w, r)
	})
}

// sessionToken returns the token of the session, or else the token of the request.
func sessionToken(r *http.Request) string {
	if c, err := r.Cookie(SessionCookie); err == nil && c.Value != "" {
		return c.Value
	}
	return requestToken(r)
}

// RequestIdentity returns the name of the token's holder and whether it can write. Without
// access control the name is empty.
func RequestIdentity(ctx context.Context) (name string, writes bool) {
	k := request.InfoFrom(ctx)
	return k.Caller, k.Caller == "" || k.CanWrite
}
