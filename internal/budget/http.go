package budget

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// maxRedirects is what net/http follows by itself.
const maxRedirects = 10

// ErrRedirect reports a redirect to another host.
var ErrRedirect = errors.New("no redirect to another host is followed")

// SameHost is a CheckRedirect that refuses every host except the first, and a step
// from https down to http: an answer must not choose where the service connects to.
func SameHost(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case !strings.EqualFold(first.Host, r.URL.Host):
		return fmt.Errorf("%s redirects to %s, and %w", first.Host, r.URL.Host, ErrRedirect)
	case first.Scheme == "https" && r.URL.Scheme != "https":
		return fmt.Errorf("%s redirects from https to %s, which is not followed", first.Host, r.URL.Scheme)
	case len(via) >= maxRedirects:
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// NewTransport returns the transport of net/http with a limit for the headers of an answer, of which Go
// reads 10 MB.
func NewTransport() *http.Transport {
	return limitHeaders(http.DefaultTransport.(*http.Transport).Clone())
}

func limitHeaders(t *http.Transport) *http.Transport {
	t.MaxResponseHeaderBytes = AnswerHeaders.Most
	return t
}

// defaultTransport shares its connections with all clients that bring no transport.
var defaultTransport = sync.OnceValue(NewTransport)

// Transport bounds the body of each answer, after decompression, by the limit of the
// request's context or else by its own.
type Transport struct {
	Next  http.RoundTripper // that of NewTransport if nil
	Limit Limit
}

// RoundTrip sends the request and wraps the body of the answer.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.Next
	if next == nil {
		next = defaultTransport()
	}
	answer, err := next.RoundTrip(r)
	if err != nil {
		return answer, err
	}
	limit := t.Limit
	if own, ok := r.Context().Value(limitKey{}).(Limit); ok {
		limit = own
	}
	answer.Body = body{limit.Reader(answer.Body), answer.Body}
	return answer, nil
}

type body struct {
	io.Reader
	io.Closer
}

type limitKey struct{}

// WithAnswerLimit sets the limit of the answers to requests made with the context.
func WithAnswerLimit(ctx context.Context, l Limit) context.Context {
	return context.WithValue(ctx, limitKey{}, l)
}

// Client returns an HTTP client that reads answers up to the limit and follows no
// redirect to another host.
func Client(l Limit, next http.RoundTripper) *http.Client {
	return &http.Client{Transport: Transport{Next: next, Limit: l}, CheckRedirect: SameHost}
}
