//go:build stock

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// Stock conftest denies, on exported facts, exactly what the verdict says is
// outside or missing; where nothing is, it passes.
func TestParityOfConformance_P29(t *testing.T) {
	conftest, bin, repo := stock(t, "CONFTEST"), binary(t), root(t)
	for _, changes := range []string{
		"", "latency.workflow_schedule_to_start_p99=300 resources.cpu_utilization.history=0.97",
		"matching.backlog_age=none", "errors.dsql_auth_failures=0.1 matching.sync_match_rate=0.5 resources.cpu_utilization=none",
	} {
		dir := t.TempDir()
		levels, err := verdictstest.Changes(strings.Fields(changes))
		if err != nil {
			t.Fatal(err)
		}
		p, err := verdictstest.Profile(compile.Embedded(), compile.Request{Preset: "mid-scale"}, levels)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "profile.json"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		facts := filepath.Join(dir, "facts.json")
		var verdict verdicts.Conformance
		if err := json.Unmarshal(
			run(t, dir, []int{0, 1, 4}, bin, "conformance", "profile.json", "--facts", facts, "-o", "json"),
			&verdict,
		); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, r := range verdict.MetricResults {
			switch r.Result {
			case "fail":
				want = append(want, r.Metric+": "+r.Detail)
			case "no_data":
				want = append(want, r.Metric+": no data: "+r.Detail)
			}
		}
		var told []struct {
			Failures []struct{ Msg string }
			Warnings []any
		}
		out := run(
			t,
			repo,
			[]int{0, 1},
			conftest,
			"test",
			facts,
			"-p",
			"policies/conformance",
			"-p",
			"policies/lib",
			"--all-namespaces",
			"-o",
			"json",
		)
		if err := json.Unmarshal(out, &told); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range told {
			for _, x := range f.Failures {
				got = append(got, x.Msg)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) || (verdict.Label == verdicts.Conforming) != (len(got) == 0) {
			t.Errorf("%q: %s\nconftest: %v\nverdict:  %v", changes, verdict.Label, got, want)
		}
	}
}
