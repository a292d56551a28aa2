package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The time for a request's body is over long before a slow Prometheus answers.
func TestSlowPrometheus(t *testing.T) {
	t.Parallel()
	s := world.Serve(t, embedded(t), upstream(before(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			time.Sleep(7 * time.Second)
		}
		return false
	})))
	s.Ask(t, post, "/profiles", request(nil)).Into(t, 201, nil)
}
