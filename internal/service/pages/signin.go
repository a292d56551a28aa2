package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// sessionForm is the sign-in form.
type sessionForm struct {
	Next    string
	Problem *problem.Problem
	Open    bool // no token is required
}

func signInAddress(r *http.Request) string {
	// RequestURI keeps the prefix that is stripped from the path
	return api.SignInPath + "?" + url.Values{"next": {r.RequestURI}}.Encode()
}

func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request) error {
	p.frame.Render(w, r, http.StatusOK, "signin", frame.View{Title: "Sign in",
		Body: sessionForm{Next: localAddress(r.URL.Query().Get("next")), Open: len(p.config.Access) == 0}})
	return nil
}

// startSession stores the token in a session cookie that scripts cannot read, other sites
// cannot send, and only pages receive.
func (p *Pages) startSession(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	next, token := localAddress(r.PostForm.Get("next")), strings.TrimSpace(r.PostForm.Get("token"))
	if _, reason := p.config.Access.Identify(r.Context(), token); reason != nil {
		request.LogProblem(r.Context(), reason)
		p.frame.Render(w, r, reason.Status, "signin",
			frame.View{Title: "Sign in", Body: sessionForm{Next: next, Problem: reason, Open: len(p.config.Access) == 0}})
		return nil
	}
	http.SetCookie(w, sessionCookie(r, token, 0))
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, sessionCookie(r, "", -1))
	http.Redirect(w, r, api.SignInPath, http.StatusSeeOther)
	return nil
}

func sessionCookie(r *http.Request, token string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: access.SessionCookie, Value: token, Path: api.UIPath, MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// a proxy can terminate TLS
		Secure: r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https"),
	}
}

// localAddress returns next if it is an address of these pages, else the list of profiles.
func localAddress(next string) string {
	at, err := url.Parse(next)
	if err != nil || at.Host != "" || at.Scheme != "" || at.User != nil || !strings.HasPrefix(at.Path, api.UIPath) ||
		strings.HasPrefix(at.Path, api.SignInPath) || strings.Contains(next, `\`) {
		return api.UIPath + "profiles"
	}
	return at.String()
}
