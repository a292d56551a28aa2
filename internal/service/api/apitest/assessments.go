package apitest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

type assessmentPage struct {
	Assessments []behaviour.Assessment `json:"assessments"`
	NextCursor  string                 `json:"next_cursor"`
}

// testAssessment assesses half-hours of one cluster: without a baseline its health is
// unknown, against one it is steady.
func testAssessment(t *testing.T, s *Service) {
	ask := func(from, to time.Duration, more map[string]any) map[string]any {
		body := map[string]any{"cluster_id": "eu", "namespace": "payments", "time_window_start": Start.Add(from),
			"time_window_end": Start.Add(to)}
		for k, v := range more {
			body[k] = v
		}
		return body
	}
	var first, second assess.DetailedAssessment
	made := s.Send(t, http.MethodPost, "/assessments", ask(0, 30*time.Minute, nil))
	made.Decode(t, http.StatusCreated, &first)
	if first.Health != verdicts.Unknown || first.BaselineID != "" || first.Promises != nil ||
		made.Header.Get("Location") != "/assessments/"+first.ID {
		t.Errorf("without baseline and preset: %+v", first)
	}
	s.Send(t, http.MethodPost, "/profiles/"+first.ProfileID+"/baseline", nil).Decode(t, http.StatusOK, nil)
	s.Send(t, http.MethodPost, "/assessments", ask(30*time.Minute, time.Hour, map[string]any{"preset_name": "starter"})).Decode(t,
		http.StatusCreated, &second)
	steady := slices.Contains(second.Metrics, assess.Metric{Metric: "throughput.workflows_started_per_sec", Status: assess.Steady})
	if second.BaselineID != first.ProfileID || !steady || second.Conformance != verdicts.Inconclusive || second.PresetName != "starter" {
		t.Errorf("against the half-hour before: %+v", second)
	}
	// metrics that are not exported are unknown, so the cluster is not healthy
	if second.Health == verdicts.Healthy && len(second.Drift.Unknown) > 0 {
		t.Errorf("healthy, with %d critical metrics unknown", len(second.Drift.Unknown))
	}

	var again, read assess.DetailedAssessment
	s.Send(t, http.MethodPost, "/assessments", ask(0, 30*time.Minute, nil)).Decode(t, http.StatusOK, &again)
	s.Send(t, http.MethodGet, "/assessments/"+second.ID, nil).Decode(t, http.StatusOK, &read)
	if again.ID != first.ID || again.CreatedAt != first.CreatedAt || read.Drift.Summary != second.Drift.Summary {
		t.Errorf("again: %+v, read: %+v", again, read)
	}
	var page assessmentPage
	s.Send(t, http.MethodGet, "/assessments?cluster=eu&namespace=payments&limit=1", nil).Decode(t, http.StatusOK, &page)
	if len(page.Assessments) != 1 || page.Assessments[0].ID != second.ID || page.NextCursor == "" {
		t.Fatalf("the newest: %+v", page)
	}
	next := page.NextCursor
	page = assessmentPage{}
	s.Send(t, http.MethodGet, "/assessments?cluster=eu&namespace=payments&limit=1&cursor="+next, nil).Decode(t, http.StatusOK, &page)
	if len(page.Assessments) != 1 || page.Assessments[0].ID != first.ID || page.NextCursor != "" {
		t.Errorf("the one before: %+v", page)
	}
	for query, n := range map[string]int{"?cluster=us": 0, "?namespace=": 0, "?to=" + second.WindowEnd.Format(time.RFC3339): 1,
		"?from=" + second.WindowEnd.Format(time.RFC3339): 1, "": 2} {
		page = assessmentPage{}
		if s.Send(t, http.MethodGet, "/assessments"+query, nil).Decode(t, http.StatusOK, &page); len(page.Assessments) != n {
			t.Errorf("%q lists %d, not %d", query, len(page.Assessments), n)
		}
	}
	s.Send(t, http.MethodGet, "/assessments?limit=1&cursor="+next, nil).DecodeProblem(t, http.StatusBadRequest, "invalid-request")
	s.Send(t, http.MethodGet, "/assessments?healthy=true", nil).DecodeProblem(t, http.StatusBadRequest, "invalid-request")
	s.Send(t, http.MethodGet, "/assessments/0199a5f2-0000-7000-8000-000000000000", nil).DecodeProblem(t, http.StatusNotFound, "not-found")
	s.Send(t, http.MethodPost, "/assessments", ask(0, 25*time.Hour, nil)).DecodeProblem(t, http.StatusBadRequest, "window")

	text := scrapeMetrics(t, s)
	for _, line := range []string{
		`temporal_dsql_health{cluster_id="eu",namespace="payments",status="` + second.Health + `"} 1`,
		`temporal_dsql_conformance{cluster_id="eu",namespace="payments",preset="starter",status="inconclusive"} 1`,
		`temporal_dsql_drift{cluster_id="eu",metric="throughput.workflows_started_per_sec",namespace="payments",status="steady"} 1`,
		`temporal_dsql_drift{cluster_id="eu",metric="throughput.workflows_started_per_sec",namespace="payments",status="drifted"} 0`,
		`temporal_dsql_assessed_timestamp_seconds{cluster_id="eu",namespace="payments"}`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}

// testAssessmentOnce assesses one window concurrently: every client gets the same
// assessment.
func testAssessmentOnce(t *testing.T, s *Service) {
	body := map[string]any{"cluster_id": "eu", "time_window_start": Start, "time_window_end": End}
	var mu sync.Mutex
	var all sync.WaitGroup
	ids := map[string]bool{}
	for range 6 {
		all.Go(func() {
			var a assess.DetailedAssessment
			got := s.Send(t, http.MethodPost, "/assessments", body)
			status := http.StatusOK
			if got.StatusCode == http.StatusCreated {
				status = http.StatusCreated
			}
			got.Decode(t, status, &a)
			mu.Lock()
			defer mu.Unlock()
			ids[a.ID+" "+a.ProfileID] = true
		})
	}
	all.Wait()
	var page assessmentPage
	s.Send(t, http.MethodGet, "/assessments", nil).Decode(t, http.StatusOK, &page)
	if len(ids) != 1 || len(page.Assessments) != 1 || len(listProfiles(t, s, nil)) != 1 {
		t.Errorf(
			"%d assessments are kept, of %d profiles, and the answers are %v",
			len(page.Assessments),
			len(listProfiles(t, s, nil)),
			ids,
		)
	}
}

func scrapeMetrics(t *testing.T, s *Service) string {
	t.Helper()
	answer, err := http.Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
