package request

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// DrainBody reads what a handler has left of a request's body, within limits, before the response is sent. A connection
// that is closed with unread data is reset, and a client that is still sending then never reads why.
func DrainBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body := &trackedBody{Reader: r.Body}
		own := r.WithContext(r.Context()) // the server looks at the body of its own request
		own.Body = body
		next.ServeHTTP(w, own)
		isWaiting := !body.begun && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
		if body.ended || isWaiting { // for permission to send the body
			return
		}
		// a recorder has no deadline
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(budget.UnreadSeconds.Duration()))
		_, _ = io.CopyN(io.Discard, body.Reader, budget.UnreadBody.Most) // the client can be gone
	})
}

// trackedBody records how far a body is read. A handler cannot close it, because what is left could then not be read;
// the server does, at the end of the request.
type trackedBody struct {
	io.Reader
	begun, ended bool
}

// Close does nothing.
func (b *trackedBody) Close() error { return nil }

func (b *trackedBody) Read(p []byte) (int, error) {
	b.begun = true
	n, err := b.Reader.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}
