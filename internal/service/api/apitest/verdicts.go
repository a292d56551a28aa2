package apitest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// testVerdicts checks profiles against the promises of their presets.
func testVerdicts(t *testing.T, s *Service) {
	p, err := verdictstest.Profile(compile.Embedded(), compile.Request{Preset: "mid-scale"},
		map[string]float64{"resources.cpu_utilization.history": 0.9})
	if err != nil {
		t.Fatal(err)
	}
	importProfile(t, s, p)
	at := "/profiles/" + p.ID
	var c verdicts.Conformance
	s.Send(t, http.MethodGet, at+"/conformance", nil).Decode(t, http.StatusOK, &c)
	if c.Label != verdicts.Drifted || c.PresetName != "mid-scale" {
		t.Errorf("%s against %s", c.Label, c.PresetName)
	}
	for _, r := range c.MetricResults {
		if (r.Result == "fail") != (r.Metric == "resources.cpu_utilization.history") {
			t.Errorf("%s: %s", r.Metric, r.Detail)
		}
	}
	s.Send(t, http.MethodGet, at+"/conformance?except=resources.cpu_utilization&except=matching.backlog_age", nil).
		Decode(t, http.StatusOK, &c)
	if c.Label != verdicts.Conforming || len(c.Excepted) != 2 {
		t.Errorf("%s except %v", c.Label, c.Excepted)
	}
	s.Send(t, http.MethodGet, at+"/conformance?preset_name=starter", nil).Decode(t, http.StatusOK, &c)
	if c.PresetName != "starter" {
		t.Errorf("against %s", c.PresetName)
	}

	var r verdicts.Recommendations
	for _, body := range []any{nil, map[string]any{}} {
		s.Send(t, http.MethodPost, at+"/recommend", body).Decode(t, http.StatusOK, &r)
		if len(r.Recommendations) != 1 || !strings.Contains(r.Recommendations[0].Command, "--override history.replicas=7") {
			t.Errorf("%s: %+v", r.Summary, r.Recommendations)
		}
	}
	s.Send(t, http.MethodPost, at+"/recommend", map[string]any{"except": []string{"resources.cpu_utilization"}}).
		Decode(t, http.StatusOK, &r)
	if len(r.Recommendations) != 0 {
		t.Errorf("%s: %+v", r.Summary, r.Recommendations)
	}

	// a cluster that exports few metrics is never conforming
	m := createProfile(t, s, map[string]any{"preset_name": "starter"})
	s.Send(t, http.MethodGet, "/profiles/"+m.ID+"/conformance", nil).Decode(t, http.StatusOK, &c)
	if c.Label != verdicts.Inconclusive {
		t.Errorf("%s: %s", c.Label, c.Summary)
	}
	var wrong problem.Problem
	for path, want := range map[string]int{
		at + "/conformance?preset_name=gigantic":                                 http.StatusBadRequest,
		at + "/conformance?except=nothing.promised":                              http.StatusBadRequest,
		"/profiles/" + createProfile(t, s, map[string]any{}).ID + "/conformance": http.StatusBadRequest,
		"/profiles/0193a5f2-0000-7000-8000-00000000ffff/conformance":             http.StatusNotFound,
	} {
		s.Send(t, http.MethodGet, path, nil).Decode(t, want, &wrong)
		if wrong.Detail == "" || wrong.Remedy == "" {
			t.Errorf("%s: %+v", path, wrong)
		}
	}
}
