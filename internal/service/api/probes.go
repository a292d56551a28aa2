package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
)

// The paths that tell how the service is.
const (
	livePath    = "/livez"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
)

func probe(path string) bool { return path == livePath || path == readyPath || path == metricsPath }

// probes registers whether the process is alive, whether it can serve, and what
// it has counted. The first two are open to everybody: they tell nothing.
func (s *Server) probes(routes chi.Router) {
	routes.Get(livePath, func(w http.ResponseWriter, _ *http.Request) { state(w, http.StatusOK, "alive") })
	routes.Get(readyPath, func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			state(w, http.StatusServiceUnavailable, "draining")
			return
		}
		if err := s.ready.check(r.Context(), s.config.Store.Ready); err != nil {
			writeProblem(w, r, problemOf(err))
			return
		}
		state(w, http.StatusOK, "ready")
	})
	routes.With(s.needs(Read)).Get(metricsPath, s.config.Metrics.handler().ServeHTTP)
}

func state(w http.ResponseWriter, code int, is string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": is}) // nobody listens any more
}

// how often the store is asked whether it is ready, and how long it may take.
const (
	readyEvery   = time.Second
	readyTimeout = 3 * time.Second
)

// A readiness remembers for a moment, so that no crowd of probes burdens the store.
type readiness struct {
	mu   sync.Mutex
	at   time.Time
	last error
}

func (r *readiness) check(ctx context.Context, ask func(context.Context) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < readyEvery {
		return r.last
	}
	// who asked may go; the answer is everybody's
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	defer cancel()
	r.last = ask(limited)
	r.at = time.Now()
	return r.last
}
