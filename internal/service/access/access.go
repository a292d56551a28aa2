// Package access controls who can use the service: it verifies tokens, checks their scopes, and keeps pages of other sites out.
package access

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// Scope names a permission of a token.
type Scope string

// Scopes of a token; Write implies Read.
const (
	Read  Scope = "read"
	Write Scope = "write"
)

// Grant describes an accepted token: its holder and its scopes.
type Grant struct {
	Name   string // the holder, for the log
	Scopes []Scope
}

// Verifier checks tokens. Verify returns nil for a token that it does not know, and an
// error, without any part of the token, for one that it rejects.
type Verifier interface {
	Verify(ctx context.Context, secret string) (*Grant, error)
}

// Control authorises requests: a token is accepted if any verifier knows it. Without
// verifiers, the service is open to this machine.
type Control []Verifier

// isOpen reports whether requests need no token.
func (c Control) isOpen() bool { return len(c) == 0 }

// Identify returns the grant of a token, or the problem with the token.
func (c Control) Identify(ctx context.Context, secret string) (*Grant, *problem.Problem) {
	var reasons []error
	for _, v := range c {
		g, err := v.Verify(ctx, secret)
		if g != nil {
			return g, nil
		}
		if err != nil {
			reasons = append(reasons, err)
		}
	}
	err := errors.Join(reasons...)
	var down *issuerError
	if errors.As(err, &down) {
		return nil, problem.New(http.StatusServiceUnavailable, problem.KindIssuer, down.Error(),
			"check that the issuer can be reached").WithCause(err).WithRetryAfter(5)
	}
	return nil, problem.New(http.StatusUnauthorized, problem.KindUnauthenticated, "the token is not valid",
		"use another token: this one is unknown, expired or for another service").
		WithHeader(challengeHeader, `Bearer realm="temporal-dsql", error="invalid_token"`).WithCause(err)
}

func (g Grant) allows(scope Scope) bool {
	return slices.Contains(g.Scopes, scope) || scope == Read && slices.Contains(g.Scopes, Write)
}

// MethodScope returns the scope that a method needs by default: read for GET and HEAD, write for others.
func MethodScope(method string) Scope {
	if method == http.MethodGet || method == http.MethodHead {
		return Read
	}
	return Write
}

// RequireScope returns middleware that rejects requests without a scope.
func (c Control) RequireScope(scope Scope) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p := c.Authorise(r, scope); p != nil {
				request.WriteProblem(w, r, p)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

const challengeHeader = "WWW-Authenticate"

// Authorise returns the problem of a request that lacks a scope; nil means that it is allowed.
func (c Control) Authorise(r *http.Request, scope Scope) *problem.Problem {
	return c.authoriseToken(r, requestToken(r), scope)
}

// AuthorisePage returns the problem of a request for a page that lacks the scope of its method; nil means that it is allowed.
// The token of a session authorises it too.
func (c Control) AuthorisePage(r *http.Request) *problem.Problem {
	return c.authoriseToken(r, sessionToken(r), MethodScope(r.Method))
}

func (c Control) authoriseToken(r *http.Request, secret string, scope Scope) *problem.Problem {
	if c.isOpen() {
		return nil
	}
	if secret == "" {
		p := problem.New(http.StatusUnauthorized, problem.KindUnauthenticated, "a token is required",
			"send Authorization: Bearer TOKEN").WithHeader(challengeHeader, `Bearer realm="temporal-dsql"`)
		// browsers ask the user for a password, which is the token
		p.GetHeaders().Add(challengeHeader, `Basic realm="temporal-dsql", charset="UTF-8"`)
		return p
	}
	grant, p := c.Identify(r.Context(), secret)
	if p != nil {
		return p
	}
	k := request.InfoFrom(r.Context())
	k.Caller, k.CanWrite = grant.Name, grant.allows(Write)
	if grant.allows(scope) {
		return nil
	}
	return problem.New(http.StatusForbidden, problem.KindForbidden, "the token lacks the scope "+string(scope), "use a token with this scope").
		WithHeader(challengeHeader, `Bearer realm="temporal-dsql", error="insufficient_scope", scope="`+string(scope)+`"`)
}

// requestToken returns the token of a request: the bearer token, or the password of basic
// authentication, which browsers ask for.
func requestToken(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

// SessionCookie holds the token of a signed-in user. Browsers send it to pages only, so it
// authorises no API request.
const SessionCookie = "temporal_dsql_token"

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
