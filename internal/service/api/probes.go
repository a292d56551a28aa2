package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// registerProbes registers liveness, readiness and metrics. The first two need no token:
// they reveal nothing.
func (s *Server) registerProbes(routes chi.Router) {
	routes.Get(monitoring.LivePath, func(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "alive") })
	routes.Get(monitoring.ReadyPath, func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			writeStatus(w, http.StatusServiceUnavailable, "draining")
			return
		}
		if err := s.ready.checkStore(r.Context(), s.config.Store.Ready); err != nil {
			p := problem.Of(err)
			if s.config.Access.Authorise(r, access.Read) != nil {
				// the reason names hosts and files: only those with a token see it, and the log
				p = problem.New(p.Status, p.Kind(), "the service is not ready", "see its log, or send a token to see the reason").
					WithCause(err)
			}
			request.WriteProblem(w, r, p)
			return
		}
		writeStatus(w, http.StatusOK, "ready")
	})
	routes.With(s.config.Access.RequireScope(access.Read)).Get(monitoring.MetricsPath, s.config.Metrics.ScrapeHandler().ServeHTTP)
}

func writeStatus(w http.ResponseWriter, code int, is string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": is}) // the client is gone
}

// Interval and timeout of the readiness check.
const (
	readyEvery   = time.Second
	readyTimeout = 3 * time.Second
)

// readinessCache caches the readiness check for a second, so that frequent probes do not
// load the store.
type readinessCache struct {
	mu        sync.Mutex
	checkedAt time.Time
	last      error
}

func (r *readinessCache) checkStore(ctx context.Context, ask func(context.Context) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.checkedAt) < readyEvery {
		return r.last
	}
	// the result is cached for all probes, so one client's disconnect must not cancel it
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	defer cancel()
	r.last = ask(limited)
	r.checkedAt = time.Now()
	return r.last
}
