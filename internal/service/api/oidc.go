package api

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

// An OIDC knows the tokens (JWT) that an issuer signs for this service. The
// issuer is asked for its keys when the first token comes, and for new ones when
// a token is signed by one that is not known.
type OIDC struct {
	issuer, audience string
	client           *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	failed   time.Time
	why      error
}

const (
	issuerTimeout = 10 * time.Second
	// how long an issuer that did not answer is left alone
	issuerPause = 5 * time.Second
)

// NewOIDC asks nothing yet.
func NewOIDC(issuer, audience string) (*OIDC, error) {
	if issuer == "" || audience == "" {
		return nil, errors.New("an OIDC issuer and an audience go together")
	}
	client := budget.Client(budget.IssuerAnswer, nil)
	client.Timeout = issuerTimeout
	return &OIDC{issuer: issuer, audience: audience, client: client}, nil
}

// An issuerError says that nobody can tell whether a token is good.
type issuerError struct{ err error }

func (e *issuerError) Error() string { return "the issuer of tokens does not answer: " + e.err.Error() }

func (e *issuerError) Unwrap() error { return e.err }

// Verify tells what a token gives: the scopes read and write, of its claim scope
// or scp, alone or as temporal-dsql/read or temporal-dsql:read.
func (o *OIDC) Verify(ctx context.Context, secret string) (*Grant, error) {
	if strings.Count(secret, ".") != 2 {
		return nil, nil // no JWT
	}
	verifier, err := o.keys()
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
	for _, said := range append(words(claims.Scope), words(claims.Scp)...) {
		for _, prefix := range []string{"temporal-dsql/", "temporal-dsql:"} {
			said = strings.TrimPrefix(said, prefix)
		}
		if s := Scope(said); (s == Read || s == Write) && !slices.Contains(grant.Scopes, s) {
			grant.Scopes = append(grant.Scopes, s)
		}
	}
	return grant, nil
}

// keys asks the issuer where its keys are, until it has answered once.
func (o *OIDC) keys() (*oidc.IDTokenVerifier, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.verifier != nil {
		return o.verifier, nil
	}
	if time.Since(o.failed) < issuerPause {
		return nil, o.why
	}
	// not the request's context: keys are fetched again long after it
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), o.client), o.issuer)
	if err != nil {
		o.failed, o.why = time.Now(), &issuerError{err}
		return nil, o.why
	}
	o.verifier = provider.Verifier(&oidc.Config{ClientID: o.audience})
	return o.verifier, nil
}

// words of a claim, which is a text or a list.
func words(claim any) (all []string) {
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
