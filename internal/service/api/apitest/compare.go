package apitest

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// testComparison compares two namespaces: 10 workflows a second in one, 30 in the other.
// Metrics that are not exported have no data.
func testComparison(t *testing.T, s *Service) {
	a := createProfile(t, s, map[string]any{"namespace": "payments", "temporal_server_version": "1.31.2"})
	b := createProfile(t, s, map[string]any{"namespace": "orders", "temporal_server_version": "1.32.1"})
	var c compare.Comparison
	s.Send(t, http.MethodPost, "/profiles/compare", map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID}).Decode(t, http.StatusOK, &c)
	if c.ProfileAID != a.ID || c.ProfileBID != b.ID || len(c.VersionDiffs) != 1 || *c.VersionDiffs[0].NewVersion != "1.32.1" {
		t.Errorf("%s, %s: %+v", c.ProfileAID, c.ProfileBID, c.VersionDiffs)
	}
	for metric, want := range map[string]judge.Verdict{
		// more load is neither an improvement nor a regression
		"throughput.workflows_started_per_sec": judge.Inconclusive,
		"dsql_pool.reservoir_size":             judge.NoData,
	} {
		if d := metricDiff(t, c, metric); d.Direction != want {
			t.Errorf("%s: %s", metric, d.Sentence)
		}
	}
	if d := metricDiff(t, c, "throughput.workflows_started_per_sec"); math.Abs(*d.ChangePct-200) > 1e-6 || *d.OldValue > 10.001 {
		t.Errorf("%+v", d)
	}
	if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "different namespaces: payments and orders") }) {
		t.Errorf("%q", c.Notes)
	}
	// five earlier windows show what is usual; overlapping ones do not count
	for i := range 6 {
		p := getProfile(t, s, a.ID)
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
		importProfile(t, s, p)
	}
	for asked, want := range map[int]int{12: 5, 3: 3} {
		s.Send(t, http.MethodPost, "/profiles/compare", map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID, "earlier": asked}).
			Decode(t,
				http.StatusOK, &c)
		if c.EarlierWindows != want {
			t.Errorf("%d earlier windows of %d", c.EarlierWindows, asked)
		}
	}
	// a threshold of the request; the service chooses the earlier windows
	s.Send(t, http.MethodPost, "/profiles/compare", map[string]any{
		"profile_a_id": a.ID, "profile_b_id": b.ID, "thresholds": map[string]any{"throughput": map[string]any{"relative": 3}},
	}).Decode(t, http.StatusOK, &c)
	if d := metricDiff(t, c, "throughput.workflows_started_per_sec"); d.Direction != judge.Unchanged {
		t.Errorf("200 %% more where 300 %% matter: %s", d.Sentence)
	}
	if c.EarlierWindows != 5 {
		t.Errorf("%d earlier windows of %d", c.EarlierWindows, behaviour.EarlierWindows)
	}
	for _, wrong := range []struct {
		body   map[string]any
		status int
		kind   string
		says   string
	}{
		{map[string]any{"profile_a_id": a.ID, "profile_b_id": "0199a5f2-0000-7000-8000-000000000000"}, http.StatusNotFound, "not-found",
			"0199a5f2-0000-7000-8000-000000000000"},
		{map[string]any{"profile_a_id": a.ID, "profile_b_id": a.ID}, http.StatusBadRequest, "invalid-request", "same profile, " + a.ID},
		{map[string]any{"profile_a_id": a.ID}, http.StatusBadRequest, "invalid-request", "profile_b_id"},
		{map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID, "thresholds": map[string]any{"latencies": map[string]any{"relative": 3}}},
			http.StatusBadRequest, "invalid-request", "latenc"},
	} {
		if p := s.Send(t, http.MethodPost, "/profiles/compare", wrong.body).DecodeProblem(t, wrong.status,
			wrong.kind); !strings.Contains(p.Detail, wrong.says) {
			t.Errorf("%q does not say %q", p.Detail, wrong.says)
		}
	}
}

func importProfile(t *testing.T, s *Service, p behaviour.Profile) {
	t.Helper()
	s.Send(t, http.MethodPost, "/profiles/import", p).Decode(t, http.StatusCreated, nil)
}

func metricDiff(t *testing.T, c compare.Comparison, metric string) compare.TelemetryDiff {
	t.Helper()
	at := slices.IndexFunc(c.TelemetryDiffs, func(d compare.TelemetryDiff) bool { return d.Metric == metric })
	if at < 0 {
		t.Fatalf("%s is not compared", metric)
	}
	return c.TelemetryDiffs[at]
}

// testComparisonComplete checks that a comparison (P17) lists every metric of either profile
// once and every setting that differs, worst first. Each pair has random levels, metrics
// without data, settings and versions.
func testComparisonComplete(t *testing.T, s *Service) {
	base := getProfile(t, s, createProfile(t, s, nil).ID)
	severity := []string{judge.Critical, judge.Warning, judge.Info}
	settings := []string{"history.replicas", "persistence.maxConns", "frontend.rps"}
	rapid.Check(t, func(t *rapid.T) {
		draw := func() behaviour.Profile {
			p := base
			p.ID = uuid.NewString()
			p.TemporalServerVersion = rapid.SampledFrom([]string{"", "1.31.2", "1.32.1"}).Draw(t, "version")
			p.Telemetry = behaviour.Telemetry{}
			for _, category := range slices.Sorted(maps.Keys(base.Telemetry)) {
				p.Telemetry[category] = map[string]behaviour.Summary{}
				for _, name := range slices.Sorted(maps.Keys(base.Telemetry[category])) {
					like := base.Telemetry[category][name]
					level := rapid.SampledFrom([]float64{-1, 0, 1, 1, 2, 10}).Draw(t, name)
					var points []behaviour.Point
					for i := 0; level >= 0 && i < 40; i++ {
						points = append(points, behaviour.Point{Time: Start.Unix() + int64(90*i), Value: level * (1 + float64(i%7)/50)})
					}
					drawn := behaviour.MissingSummary("not exported", 40)
					if points != nil {
						drawn = behaviour.Summarise(points, 40)
					}
					drawn.Unit, drawn.Kind, drawn.Scope, drawn.Query = like.Unit, like.Kind, like.Scope, like.Query
					p.Telemetry[category][name] = drawn
				}
			}
			// an empty configuration would not be compared
			p.Config.Sources, p.Config.Unknown = []string{"a test"}, []string{}
			p.Config.DynamicConfig = map[string]any{"a.key": []any{map[string]any{"value": 1.0}}}
			p.Config.Parameters = map[string]map[string]any{}
			for _, key := range settings {
				if n := rapid.IntRange(0, 2).Draw(t, key); n > 0 {
					p.Config.Parameters[key] = map[string]any{"": float64(n)}
				}
			}
			return p
		}
		a, b := draw(), draw()
		for _, p := range []behaviour.Profile{a, b} {
			s.Send(t, http.MethodPost, "/profiles/import", p).Decode(t, http.StatusCreated, nil)
		}
		var c compare.Comparison
		s.Send(t, http.MethodPost, "/profiles/compare", map[string]any{"profile_a_id": a.ID, "profile_b_id": b.ID, "earlier": 0}).Decode(t,
			http.StatusOK, &c)
		seen := map[string]bool{}
		for i, d := range c.TelemetryDiffs {
			category, name, _ := strings.Cut(d.Metric, ".")
			old, known := a.Telemetry[category][name]
			if !known || seen[d.Metric] {
				t.Fatalf("%s is there twice, or of no profile", d.Metric)
			}
			seen[d.Metric] = true
			if missing := old.Mean == nil || b.Telemetry[category][name].Mean == nil; missing != (d.Direction == judge.NoData) {
				t.Fatalf("%s: %s", d.Metric, d.Sentence)
			}
			if i > 0 && slices.Index(severity, c.TelemetryDiffs[i-1].Severity) > slices.Index(severity, d.Severity) {
				t.Fatalf("%s comes before %s", c.TelemetryDiffs[i-1].Severity, d.Severity)
			}
		}
		for category, metrics := range a.Telemetry {
			for name := range metrics {
				if !seen[category+"."+name] {
					t.Fatalf("%s.%s is not there", category, name)
				}
			}
		}
		changes := map[string]string{}
		for _, d := range c.ConfigDiffs {
			changes[d.Key] = d.Change
		}
		for _, key := range settings {
			old, now, want := a.Config.Parameters[key], b.Config.Parameters[key], ""
			switch {
			case old == nil && now != nil:
				want = compare.Added
			case old != nil && now == nil:
				want = compare.Removed
			case old != nil && old[""] != now[""]:
				want = compare.Changed
			}
			if changes[key] != want {
				t.Fatalf("%s is %q, not %q", key, changes[key], want)
			}
		}
		if (len(c.VersionDiffs) == 1) != (a.TemporalServerVersion != b.TemporalServerVersion) {
			t.Fatalf("%+v", c.VersionDiffs)
		}
		for _, p := range []behaviour.Profile{a, b} {
			s.Send(t, http.MethodDelete, "/profiles/"+p.ID, nil).Decode(t, http.StatusNoContent, nil)
		}
	})
}
