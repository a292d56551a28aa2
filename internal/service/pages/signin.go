package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// A session form asks for a token.
type sessionForm struct {
	Next    string
	Problem *api.Problem
	Open    bool // nobody is asked for a token here
}

func signInFor(r *http.Request) string {
	// below the pages the prefix is gone from the path, but not from what was asked for
	return api.SignIn + "?" + url.Values{"next": {r.RequestURI}}.Encode()
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	p.render(w, r, http.StatusOK, "signin", view{Title: "Sign in", Body: sessionForm{Next: within(r.URL.Query().Get("next")), Open: len(p.config.Access) == 0}})
	return nil
}

// startSession keeps the token in a cookie that no script reads, that no other
// site sends, and that goes to pages only. It ends with the browser.
func (p *Pages) startSession(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	next, token := within(r.PostForm.Get("next")), strings.TrimSpace(r.PostForm.Get("token"))
	if _, problem := p.config.Access.Identify(r.Context(), token); problem != nil {
		api.Note(r.Context(), problem)
		p.render(w, r, problem.Status, "signin", view{Title: "Sign in", Body: sessionForm{Next: next, Problem: problem, Open: len(p.config.Access) == 0}})
		return nil
	}
	http.SetCookie(w, session(r, token, 0))
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, session(r, "", -1))
	http.Redirect(w, r, api.SignIn, http.StatusSeeOther)
	return nil
}

func session(r *http.Request, token string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: api.SessionCookie, Value: token, Path: api.UI, MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// behind a proxy that ends TLS the browser still spoke it
		Secure: r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https"),
	}
}

// within is an address of these pages, and never one of another site.
func within(next string) string {
	at, err := url.Parse(next)
	if err != nil || at.Host != "" || at.Scheme != "" || at.User != nil || !strings.HasPrefix(at.Path, api.UI) || strings.HasPrefix(at.Path, api.SignIn) || strings.Contains(next, `\`) {
		return api.UI + "profiles"
	}
	return at.String()
}
