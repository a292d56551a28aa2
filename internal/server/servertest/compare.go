package servertest

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/judge"
)

// testComparison compares two namespaces of one history: 10 workflows a second
// in one, 30 in the other; what is not exported is no data.
func testComparison(t *testing.T, s *Service) {
	a := create(t, s, map[string]any{"namespace": "payments", "temporal_server_version": "1.31.2"})
	b := create(t, s, map[string]any{"namespace": "orders", "temporal_server_version": "1.32.1"})
	var c compare.Comparison
	s.Ask(t, http.MethodPost, "/profiles/compare", map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID}).Into(t, http.StatusOK, &c)
	if c.ProfileAID != a.ID || c.ProfileBID != b.ID || len(c.VersionDiffs) != 1 || *c.VersionDiffs[0].NewVersion != "1.32.1" {
		t.Errorf("%s, %s: %+v", c.ProfileAID, c.ProfileBID, c.VersionDiffs)
	}
	for metric, want := range map[string]judge.Verdict{
		// more load is neither better nor worse
		"throughput.workflows_started_per_sec": judge.Inconclusive,
		"dsql_pool.reservoir_size":             judge.NoData,
	} {
		if d := diffOf(t, c, metric); d.Direction != want {
			t.Errorf("%s: %s", metric, d.Sentence)
		}
	}
	if d := diffOf(t, c, "throughput.workflows_started_per_sec"); math.Abs(*d.ChangePct-200) > 1e-6 || *d.OldValue > 10.001 {
		t.Errorf("%+v", d)
	}
	if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "different namespaces: payments and orders") }) {
		t.Errorf("%q", c.Notes)
	}
	// five earlier windows tell what is usual, and none that overlaps
	for i := range 6 {
		p := get(t, s, a.ID)
		p.ID, p.Name = fmt.Sprintf("0199a5f2-0000-7000-8000-%012d", i+1), fmt.Sprint("earlier ", i)
		p.WindowStart, p.WindowEnd = p.WindowStart.Add(-time.Duration(i)*time.Hour), p.WindowEnd.Add(-time.Duration(i)*time.Hour)
		for _, metrics := range p.Telemetry {
			for name, summary := range metrics {
				for k := range summary.Series {
					summary.Series[k].Time -= int64(3600 * i)
				}
				metrics[name] = summary
			}
		}
		imported(t, s, p)
	}
	for asked, want := range map[int]int{12: 5, 3: 3} {
		s.Ask(t, http.MethodPost, "/profiles/compare", map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID, "earlier": asked}).Into(t, http.StatusOK, &c)
		if c.EarlierWindows != want {
			t.Errorf("%d earlier windows of %d", c.EarlierWindows, asked)
		}
	}
	// a floor of the request
	s.Ask(t, http.MethodPost, "/profiles/compare", map[string]any{
		"profile_a_id": a.ID, "profile_b_id": b.ID, "thresholds": map[string]any{"throughput": map[string]any{"relative": 3}},
	}).Into(t, http.StatusOK, &c)
	if d := diffOf(t, c, "throughput.workflows_started_per_sec"); d.Direction != judge.Unchanged {
		t.Errorf("200 %% more where 300 %% matter: %s", d.Sentence)
	}
	for _, wrong := range []struct {
		body   map[string]any
		status int
		kind   string
		says   string
	}{
		{map[string]any{"profile_a_id": a.ID, "profile_b_id": "0199a5f2-0000-7000-8000-000000000000"}, http.StatusNotFound, "not-found", "0199a5f2-0000-7000-8000-000000000000"},
		{map[string]any{"profile_a_id": a.ID}, http.StatusBadRequest, "invalid-request", "profile_b_id"},
		{map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID, "thresholds": map[string]any{"latencies": map[string]any{"relative": 3}}}, http.StatusBadRequest, "invalid-request", "latenc"},
	} {
		if p := s.Ask(t, http.MethodPost, "/profiles/compare", wrong.body).Problem(t, wrong.status, wrong.kind); !strings.Contains(p.Detail, wrong.says) {
			t.Errorf("%q does not say %q", p.Detail, wrong.says)
		}
	}
}

func imported(t *testing.T, s *Service, p behaviour.Profile) {
	t.Helper()
	s.Ask(t, http.MethodPost, "/profiles/import", p).Into(t, http.StatusCreated, nil)
}

func diffOf(t *testing.T, c compare.Comparison, metric string) compare.TelemetryDiff {
	t.Helper()
	at := slices.IndexFunc(c.TelemetryDiffs, func(d compare.TelemetryDiff) bool { return d.Metric == metric })
	if at < 0 {
		t.Fatalf("%s is not compared", metric)
	}
	return c.TelemetryDiffs[at]
}
