package apitest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// testVerdicts holds profiles against what their presets promise.
func testVerdicts(t *testing.T, s *Service) {
	p, err := verdictstest.Profile(compile.Embedded(), compile.Request{Preset: "mid-scale"}, map[string]float64{"resources.cpu_utilization.history": 0.9})
	if err != nil {
		t.Fatal(err)
	}
	imported(t, s, p)
	at := "/profiles/" + p.ID
	var c verdicts.Conformance
	s.Ask(t, http.MethodGet, at+"/conformance", nil).Into(t, http.StatusOK, &c)
	if c.Label != verdicts.Drifted || c.PresetName != "mid-scale" {
		t.Errorf("%s against %s", c.Label, c.PresetName)
	}
	for _, r := range c.MetricResults {
		if (r.Result == "fail") != (r.Metric == "resources.cpu_utilization.history") {
			t.Errorf("%s: %s", r.Metric, r.Detail)
		}
	}
	s.Ask(t, http.MethodGet, at+"/conformance?except=resources.cpu_utilization&except=matching.backlog_age", nil).Into(t, http.StatusOK, &c)
	if c.Label != verdicts.Conforming || len(c.Excepted) != 2 {
		t.Errorf("%s but for %v", c.Label, c.Excepted)
	}
	s.Ask(t, http.MethodGet, at+"/conformance?preset=starter", nil).Into(t, http.StatusOK, &c)
	if c.PresetName != "starter" {
		t.Errorf("against %s", c.PresetName)
	}

	var r verdicts.Recommendations
	for _, body := range []any{nil, map[string]any{}} {
		s.Ask(t, http.MethodPost, at+"/recommend", body).Into(t, http.StatusOK, &r)
		if len(r.Recommendations) != 1 || !strings.Contains(r.Recommendations[0].Command, "--override history.replicas=7") {
			t.Errorf("%s: %+v", r.Summary, r.Recommendations)
		}
	}
	s.Ask(t, http.MethodPost, at+"/recommend", map[string]any{"except": []string{"resources.cpu_utilization"}}).Into(t, http.StatusOK, &r)
	if len(r.Recommendations) != 0 {
		t.Errorf("%s: %+v", r.Summary, r.Recommendations)
	}

	// what was collected of a cluster that exports little is no conformance
	m := create(t, s, map[string]any{"preset_name": "starter"})
	s.Ask(t, http.MethodGet, "/profiles/"+m.ID+"/conformance", nil).Into(t, http.StatusOK, &c)
	if c.Label != verdicts.Inconclusive {
		t.Errorf("%s: %s", c.Label, c.Summary)
	}
	var wrong api.Problem
	for path, want := range map[string]int{
		at + "/conformance?preset=gigantic":                               http.StatusBadRequest,
		at + "/conformance?except=nothing.promised":                       http.StatusBadRequest,
		"/profiles/" + create(t, s, map[string]any{}).ID + "/conformance": http.StatusBadRequest,
		"/profiles/0193a5f2-0000-7000-8000-00000000ffff/conformance":      http.StatusNotFound,
	} {
		s.Ask(t, http.MethodGet, path, nil).Into(t, want, &wrong)
		if wrong.Detail == "" || wrong.Remedy == "" {
			t.Errorf("%s: %+v", path, wrong)
		}
	}
}
