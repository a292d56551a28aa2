package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

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

// Access authorises requests: a token is accepted if any verifier knows it. Without
// verifiers, the service is open to this machine.
type Access []Verifier

// isOpen reports whether requests need no token.
func (a Access) isOpen() bool { return len(a) == 0 }

// Identify returns the grant of a token, or the problem with the token.
func (a Access) Identify(ctx context.Context, secret string) (*Grant, *problem.Problem) {
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

const bearerScheme = "token"

// scopeKey is the metadata key of an operation's scope, where it differs from the scope of
// its method.
const scopeKey = "scope"

// requiredScope returns the scope that an operation needs: the named one, else read for GET
// and HEAD and write for other methods.
func requiredScope(method string, named any) Scope {
	if scope, ok := named.(Scope); ok {
		return scope
	}
	if method == http.MethodGet || method == http.MethodHead {
		return Read
	}
	return Write
}

// authoriseOperation rejects API requests whose token lacks the scope of the operation.
func (s *Server) authoriseOperation(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	r, w := humachi.Unwrap(ctx)
	if p := s.authoriseRequest(r, requiredScope(op.Method, op.Metadata[scopeKey])); p != nil {
		request.WriteProblem(w, r, p)
		return
	}
	next(ctx)
}

// requireScope returns middleware that rejects requests without a scope, for paths outside
// the API.
func (s *Server) requireScope(scope Scope) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p := s.authoriseRequest(r, scope); p != nil {
				request.WriteProblem(w, r, p)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

const challengeHeader = "WWW-Authenticate"

// authoriseRequest returns the problem of a request that lacks a scope; nil means that it
// is allowed.
func (s *Server) authoriseRequest(r *http.Request, scope Scope) *problem.Problem {
	return s.authoriseToken(r, requestToken(r), scope)
}

func (s *Server) authoriseToken(r *http.Request, secret string, scope Scope) *problem.Problem {
	if s.config.Access.isOpen() {
		return nil
	}
	if secret == "" {
		p := problem.New(http.StatusUnauthorized, problem.KindUnauthenticated, "a token is required",
			"send Authorization: Bearer TOKEN").WithHeader(challengeHeader, `Bearer realm="temporal-dsql"`)
		// browsers ask the user for a password, which is the token
		p.GetHeaders().Add(challengeHeader, `Basic realm="temporal-dsql", charset="UTF-8"`)
		return p
	}
	grant, p := s.config.Access.Identify(r.Context(), secret)
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
