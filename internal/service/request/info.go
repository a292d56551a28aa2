// Package request carries what the service knows about a request while it serves it: its id, caller and problem. Its
// middleware limits each request, and responds even if its handler panics.
package request

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// Info is what the service records about a request while it serves it.
type Info struct {
	ID string
	// Caller is the holder of the token, if there is one.
	Caller string
	// CanWrite reports whether the token has the scope write.
	CanWrite bool

	// problem is logged
	problem *problem.Problem
}

// Problem returns the problem that the request was answered with, or nil.
func (i *Info) Problem() *problem.Problem { return i.problem }

type infoKey struct{}

// InfoFrom returns what is known about the request of a context. A change is seen by all that serve the request.
func InfoFrom(ctx context.Context) *Info {
	if k, ok := ctx.Value(infoKey{}).(*Info); ok {
		return k
	}
	return &Info{}
}

// IDHeader carries the id of a request, in it and in its response.
const IDHeader = "X-Request-Id"

// AssignID takes a valid X-Request-Id from the client or else generates one.
func AssignID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(IDHeader)
		if !isValidID(id) {
			id = uuid.NewString()
		}
		w.Header().Set(IDHeader, id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "private, no-cache") // clients revalidate by ETag
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), infoKey{}, &Info{ID: id})))
	})
}

const maxIDLength = 128

func isValidID(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' &&
			c <= '9', c == '-', c == '_', c == '.', c == ':', c == '/', c == '=', c == '+':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxIDLength
}

// maxLoggedPath limits the path of a request in logs and traces.
const maxLoggedPath = 256

// LoggedPath returns the path of a request for logs and traces, without secrets.
func LoggedPath(r *http.Request) string {
	path := r.URL.Path
	if len(path) > maxLoggedPath {
		path = strings.ToValidUTF8(path[:maxLoggedPath], "") + "…"
	}
	// a segment can be a secret that the path around it hides
	for i := range len(path) {
		segment, _, _ := strings.Cut(path[i+1:], "/")
		if path[i] == '/' && (redact.HasSecret(path[i+1:]) || redact.HasTextSecret(segment)) {
			return path[:i+1] + "(withheld)"
		}
	}
	return path
}
