package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// deadlineRecord holds the deadline for the body of a request.
type deadlineRecord struct {
	mu      sync.Mutex
	current time.Time
	set     int
}

// deadlineWriter records each deadline that is set for reading.
type deadlineWriter struct {
	http.ResponseWriter
	to *deadlineRecord
}

func (n deadlineWriter) SetReadDeadline(at time.Time) error {
	n.to.mu.Lock()
	n.to.current = at
	n.to.set++
	n.to.mu.Unlock()
	return http.NewResponseController(n.ResponseWriter).SetReadDeadline(at)
}

func (n deadlineWriter) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// TestSlowPrometheus checks that no deadline is left once the request's body is read: it would end a slow
// creation.
func TestSlowPrometheus(t *testing.T) {
	t.Parallel()
	var body deadlineRecord
	asked := 0
	s := world.Serve(t, embedded(t), upstream(world.InterceptPrometheus(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			body.mu.Lock()
			defer body.mu.Unlock()
			if asked++; body.set == 0 || !body.current.IsZero() {
				t.Errorf("of %d deadlines, the last is %v", body.set, body.current)
			}
		}
		return false
	})))
	handler := s.Server.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(deadlineWriter{w, &body}, r)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil)
	body.mu.Lock()
	defer body.mu.Unlock()
	if asked == 0 {
		t.Error("Prometheus was not asked")
	}
}
