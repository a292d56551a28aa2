package access

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rs/cors"

	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// GuardOrigins returns middleware against pages of other sites. It rejects foreign
// host names if the service is open, and changes from origins that are not configured.
func (c Control) GuardOrigins(origins []string) (func(http.Handler) http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("origin %q: %w: use https://HOST", origin, err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request.WriteProblem(w, r, problem.New(http.StatusForbidden, problem.KindCrossOrigin,
			"pages of "+originName(r.Header.Get("Origin"))+" cannot change data here", "allow the origin with --cors-origin"))
	}))
	sharing := cors.New(cors.Options{
		AllowedOrigins: origins,
		// an empty list would allow all origins
		AllowOriginFunc: rejectOrigins(origins),
		AllowedMethods:  []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", request.IDHeader,
			"traceparent", "tracestate",
			"X-Grafana-Action"}, // Grafana sends it with requests of panels
		ExposedHeaders: []string{"ETag", "Location", "Retry-After", request.IDHeader},
		MaxAge:         int((10 * time.Minute).Seconds()),
		// Chrome checks this before a page accesses a private network
		AllowPrivateNetwork: true,
	})
	return func(next http.Handler) http.Handler {
		guarded := sharing.Handler(protection.Handler(next))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.isOpen() && !isLocalHost(r.Host) {
				request.WriteProblem(w, r, problem.New(http.StatusMisdirectedRequest, problem.KindWrongHost,
					fmt.Sprintf("unknown host name %q", r.Host),
					"use localhost; to serve other host names, start with --tokens or --oidc-issuer"))
				return
			}
			guarded.ServeHTTP(w, r)
		})
	}, nil
}

func rejectOrigins(origins []string) func(string) bool {
	if len(origins) > 0 {
		return nil
	}
	return func(string) bool { return false }
}

func originName(origin string) string {
	if origin == "" {
		return "other sites"
	}
	return origin
}

// isLocalHost reports whether a host is this machine, by a name that DNS cannot change.
func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsLoopbackAddress reports whether a listen address can be reached from this machine only.
func IsLoopbackAddress(address string) (bool, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return false, err
	}
	return at.IP.IsLoopback(), nil
}
