package access

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// OIDC verifies tokens (JWT) that an issuer signs for this service. The issuer's keys are
// fetched for the first token, and again for a token with an unknown key.
type OIDC struct {
	issuer, audience string
	client           *http.Client
	now              func() time.Time

	mu        sync.Mutex
	verifier  *oidc.IDTokenVerifier
	failedAt  time.Time
	lastError error
}

const (
	issuerTimeout = 10 * time.Second
	// pause after an issuer did not answer
	issuerPause = 5 * time.Second
)

// NewOIDC returns a verifier. It sends no request yet.
func NewOIDC(issuer, audience string) (*OIDC, error) {
	if issuer == "" || audience == "" {
		return nil, errors.New("an OIDC issuer requires an audience, and an audience an issuer")
	}
	client := budget.Client(budget.IssuerAnswer, nil)
	client.Timeout = issuerTimeout
	return &OIDC{issuer: issuer, audience: audience, client: client, now: time.Now}, nil
}

// issuerError reports an issuer that does not answer, so that no token can be verified.
type issuerError struct{ err error }

func (e *issuerError) Error() string { return "the token issuer does not answer: " + e.err.Error() }

func (e *issuerError) Unwrap() error { return e.err }

// Verify returns the grant of a token: the scopes read and write of its claim scope or scp,
// alone or as temporal-dsql/read or temporal-dsql:read.
func (o *OIDC) Verify(ctx context.Context, secret string) (*Grant, error) {
	if strings.Count(secret, ".") != 2 {
		return nil, nil // not a JWT
	}
	verifier, err := o.fetchVerifier()
	if err != nil {
		return nil, err
	}
	token, err := verifier.Verify(ctx, secret)
	if err != nil {
		return nil, err
	}
	var claims struct {
		Scope any `json:"scope"`
		Scp   any `json:"scp"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	grant := &Grant{Name: token.Subject}
	for _, word := range append(claimWords(claims.Scope), claimWords(claims.Scp)...) {
		for _, prefix := range []string{"temporal-dsql/", "temporal-dsql:"} {
			word = strings.TrimPrefix(word, prefix)
		}
		if s := Scope(word); (s == Read || s == Write) && !slices.Contains(grant.Scopes, s) {
			grant.Scopes = append(grant.Scopes, s)
		}
	}
	return grant, nil
}

// fetchVerifier discovers the issuer's keys, until the issuer has answered once.
func (o *OIDC) fetchVerifier() (*oidc.IDTokenVerifier, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.verifier != nil {
		return o.verifier, nil
	}
	if o.now().Sub(o.failedAt) < issuerPause {
		return nil, o.lastError
	}
	// the request's context would cancel later refreshes of the keys
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), o.client), o.issuer)
	if err != nil {
		o.failedAt, o.lastError = o.now(), &issuerError{err}
		return nil, o.lastError
	}
	o.verifier = provider.Verifier(&oidc.Config{ClientID: o.audience})
	return o.verifier, nil
}

// claimWords returns the words of a claim, which is a string or a list.
func claimWords(claim any) (all []string) {
	switch c := claim.(type) {
	case string:
		return strings.Fields(c)
	case []any:
		for _, each := range c {
			if s, ok := each.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}
