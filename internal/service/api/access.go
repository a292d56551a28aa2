package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// A Scope is what somebody may do.
type Scope string

// Scopes. Who may write may read.
const (
	Read  Scope = "read"
	Write Scope = "write"
)

// A Grant is what a secret gives.
type Grant struct {
	Name   string // of who has it, for the log
	Scopes []Scope
}

// A Verifier tells what a secret gives; nil is nothing. An error says why it is
// no good, and holds no part of it.
type Verifier interface {
	Verify(ctx context.Context, secret string) (*Grant, error)
}

// Access says who may: whoever has a secret that one of the verifiers knows.
// Without verifiers, everybody on this machine.
type Access []Verifier

// open reports whether nobody is asked for a secret.
func (a Access) open() bool { return len(a) == 0 }

// Identify tells what a secret gives, or why nothing.
func (a Access) Identify(ctx context.Context, secret string) (*Grant, *Problem) {
	var reasons []error
	for _, v := range a {
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
		return nil, problem(http.StatusServiceUnavailable, issuerFailed, down.Error(), "see that the issuer can be reached").because(err).retryAfter(5)
	}
	return nil, problem(http.StatusUnauthorized, unauthenticated, "the token is not one that is good here", "take another one: this one is unknown, expired or for something else").
		header(challenge, `Bearer realm="temporal-dsql", error="invalid_token"`).because(err)
}

func (g Grant) may(scope Scope) bool {
	return slices.Contains(g.Scopes, scope) || scope == Read && slices.Contains(g.Scopes, Write)
}

const bearer = "token"

// scopeKey is under which an operation names its scope where it is not that of
// its method.
const scopeKey = "scope"

// needed is what an operation takes: reading changes nothing.
func needed(method string, named any) Scope {
	if scope, ok := named.(Scope); ok {
		return scope
	}
	if method == http.MethodGet || method == http.MethodHead {
		return Read
	}
	return Write
}

// mayCall holds each operation of the API to its scope.
func (s *Server) mayCall(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	r, w := humachi.Unwrap(ctx)
	if p := s.admit(r, needed(op.Method, op.Metadata[scopeKey])); p != nil {
		writeProblem(w, r, p)
		return
	}
	next(ctx)
}

// needs holds other paths to a scope.
func (s *Server) needs(scope Scope) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p := s.admit(r, scope); p != nil {
				writeProblem(w, r, p)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

const challenge = "WWW-Authenticate"

// admit says why a request may not what it asks for; nil if it may.
func (s *Server) admit(r *http.Request, scope Scope) *Problem {
	return s.admitSecret(r, secretOf(r), scope)
}

func (s *Server) admitSecret(r *http.Request, secret string, scope Scope) *Problem {
	if s.config.Access.open() {
		return nil
	}
	if secret == "" {
		p := problem(http.StatusUnauthorized, unauthenticated, "this takes a token", "send Authorization: Bearer TOKEN").header(challenge, `Bearer realm="temporal-dsql"`)
		// a browser asks its user for a password, and takes the token for one
		p.headers.Add(challenge, `Basic realm="temporal-dsql", charset="UTF-8"`)
		return p
	}
	grant, p := s.config.Access.Identify(r.Context(), secret)
	if p != nil {
		return p
	}
	k := knownOf(r.Context())
	k.who, k.grant = grant.Name, *grant
	if grant.may(scope) {
		return nil
	}
	return problem(http.StatusForbidden, forbidden, "the token does not have the scope "+string(scope), "take one that has").
		header(challenge, `Bearer realm="temporal-dsql", error="insufficient_scope", scope="`+string(scope)+`"`)
}

// secretOf is the token of a request, also as the password that a browser asks for.
func secretOf(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}
