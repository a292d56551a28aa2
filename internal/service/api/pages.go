package api

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
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
			if p := s.config.Access.AuthorisePage(r); p != nil {
				pages.RenderProblem(w, r, p)
				return
			}
		}
		pages.ServeHTTP(w, r)
	})
}
