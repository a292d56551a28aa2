package api

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rs/cors"
)

// origins keeps pages of others away: from a service that asks nobody for a
// secret, whatever name they reached it by; and from changing anything, unless
// they are on the list.
func (s *Server) origins() (func(http.Handler) http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range s.config.Origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("the origin %q: %w: write https://HOST", origin, err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, problem(http.StatusForbidden, crossOrigin, "a page of "+orOther(r.Header.Get("Origin"))+" may not change anything here", "allow its origin with --cors-origin"))
	}))
	sharing := cors.New(cors.Options{
		AllowedOrigins: s.config.Origins,
		// an empty list would allow all of them
		AllowOriginFunc: allowNone(s.config.Origins),
		AllowedMethods:  []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", requestIDHeader, "traceparent", "tracestate",
			"X-Grafana-Action"}, // which Grafana adds to what its panels send
		ExposedHeaders: []string{"ETag", "Location", "Retry-After", requestIDHeader},
		MaxAge:         int((10 * time.Minute).Seconds()),
		// Chrome asks before a page reaches into a private network
		AllowPrivateNetwork: true,
	})
	return func(next http.Handler) http.Handler {
		guarded := sharing.Handler(protection.Handler(next))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if s.config.Access.open() && !local(r.Host) {
				writeProblem(w, r, problem(http.StatusMisdirectedRequest, wrongHost,
					fmt.Sprintf("the service is not called %q", r.Host), "ask for localhost; to serve under another name, start with --tokens or --oidc-issuer"))
				return
			}
			guarded.ServeHTTP(w, r)
		})
	}, nil
}

func allowNone(origins []string) func(string) bool {
	if len(origins) > 0 {
		return nil
	}
	return func(string) bool { return false }
}

func orOther(origin string) string {
	if origin == "" {
		return "another site"
	}
	return origin
}

// local reports whether a host is this machine, by a name that no DNS changes.
func local(host string) bool {
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

// Local reports whether an address to listen at is reached from this machine only.
func Local(address string) (bool, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return false, err
	}
	return at.IP.IsLoopback(), nil
}
