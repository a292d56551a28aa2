package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowPrometheus checks that the deadline of the request's body does not end a slow
// creation.
func TestSlowPrometheus(t *testing.T) {
	t.Parallel()
	s := world.Serve(t, embedded(t), upstream(before(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			time.Sleep(7 * time.Second)
		}
		return false
	})))
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil)
}
