package apitest

import (
	"net/http"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// Run runs every test of the API that depends on the kind of store, each with its own empty
// store.
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
		{"a baseline is replaced if the client knows it", testBaseline},
		{"a profile is as the client read it while others take turns as the baseline", testBaselineThatMoves},
		{"two profiles are compared", testComparison},
		{"TestP17ComparisonComplete", testComparisonComplete},
		{"the conformance of a profile is checked", testVerdicts},
		{"a cluster is assessed, and its gauges say so", testAssessment},
		{"of all that assess a window one does", testAssessmentOnce},
		{"clusters", testClusters},
		{"an unavailable store is reported", testStoreDown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, w.Serve(t, options(t)))
		})
	}
}

// ProfileBody returns a request for the whole window with some fields replaced.
func ProfileBody(different map[string]any) map[string]any {
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
		p := s.Send(t, http.MethodGet, path, nil)
		p.DecodeProblem(t, http.StatusServiceUnavailable, "store")
		if p.Header.Get("Retry-After") == "" {
			t.Errorf("%s: missing Retry-After", path)
		}
	}
	s.Send(t, http.MethodPost, "/profiles", ProfileBody(nil), "Idempotency-Key: a").DecodeProblem(t, http.StatusServiceUnavailable, "store")
	s.Send(t, http.MethodPost, "/profiles", ProfileBody(nil)).DecodeProblem(t, http.StatusServiceUnavailable, "store")
	s.Send(t, http.MethodGet, "/livez", nil).Decode(t, http.StatusOK, nil)
}
