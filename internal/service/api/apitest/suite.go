package apitest

import (
	"net/http"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// Run runs every test of the API that the kind of store matters to. Each gets
// options of its own, with nothing in it.
func Run(t *testing.T, w *World, options func(t *testing.T) store.Options) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *Service)
	}{
		{"a profile is made, read, listed and deleted", testLife},
		{"TestP13Complete_P14", testComplete},
		{"TestP15Listing", testListing},
		{"TestP16RoundTrip_P18", testRoundTrip},
		{"one idempotency key makes one profile", testIdempotency},
		{"of all that set the first baseline one does", testFirstBaseline},
		{"a baseline is replaced by who knows it", testBaseline},
		{"two profiles are compared", testComparison},
		{"TestP17ComparisonComplete", testComparisonComplete},
		{"a profile is held against its preset", testVerdicts},
		{"a cluster is assessed, and its gauges say so", testAssessment},
		{"of all that assess a window one does", testAssessmentOnce},
		{"clusters", testClusters},
		{"a store that is down is told", testStoreDown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, w.Serve(t, options(t)))
		})
	}
}

// request asks for the whole window, with what is different.
func request(different map[string]any) map[string]any {
	r := map[string]any{
		"name": "before the upgrade", "cluster_id": "eu",
		"time_window_start": Start, "time_window_end": End,
	}
	for name, value := range different {
		if r[name] = value; value == nil {
			delete(r, name)
		}
	}
	return r
}

func testStoreDown(t *testing.T, s *Service) {
	if err := s.Kept.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/profiles", "/profiles/0199a5f2-0000-7000-8000-000000000000", "/clusters", "/readyz"} {
		p := s.Ask(t, http.MethodGet, path, nil)
		p.Problem(t, http.StatusServiceUnavailable, "store")
		if p.Header.Get("Retry-After") == "" {
			t.Errorf("%s does not tell when to ask again", path)
		}
	}
	s.Ask(t, http.MethodPost, "/profiles", request(nil), "Idempotency-Key: a").Problem(t, http.StatusServiceUnavailable, "store")
	s.Ask(t, http.MethodPost, "/profiles", request(nil)).Problem(t, http.StatusServiceUnavailable, "store")
	s.Ask(t, http.MethodGet, "/livez", nil).Into(t, http.StatusOK, nil)
}
