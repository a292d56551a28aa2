package main

import (
	"math"
	"os"
	"strings"
	"testing"
)

const (
	storedResult = "testdata/measured.json"
	storedRamps  = "testdata/ramps.json"
	storedCosts  = "../../schema/capacity_measured.cue"
	storedPage   = "../../docs/capacity.md"
)

// The costs in the schema and the tables of the page are those that follow from the stored counts.
func TestCostsFollowFromCounts_R18(t *testing.T) {
	var result Result
	if err := readStored(storedResult, &result); err != nil {
		t.Fatal(err)
	}
	got, err := result.CUE()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(storedCosts)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs from what %s gives; remedy: go run . -cue %[1]s -page %[3]s", storedCosts, storedResult, storedPage)
	}
	page, err := os.ReadFile(storedPage)
	if err != nil {
		t.Fatal(err)
	}
	written, err := fillPage(storedResult, storedRamps, page)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != string(page) {
		t.Errorf("%s differs from what %s gives; remedy: go run . -cue %s -page %[1]s", storedPage, storedResult, storedCosts)
	}
}

// A transition is counted exactly, so the fit leaves nothing over.
func TestTransitionsAreExact_R18(t *testing.T) {
	var result Result
	if err := readStored(storedResult, &result); err != nil {
		t.Fatal(err)
	}
	costs, err := result.Costs(resources[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[string]float64{"workflow": 3, "activity": 4, "timer": 3, "eager_activity": 3, "payload_kib": 0} {
		if got := costs[indexOfFeature(t, result, i)]; math.Abs(got-want) > 0.01 {
			t.Errorf("transitions of %s: %.4f, want %v", i, got, want)
		}
	}
}

func indexOfFeature(t *testing.T, r Result, name string) int {
	t.Helper()
	for i, f := range r.fitted() {
		if f.name == name {
			return i
		}
	}
	t.Fatalf("the result has no run with the feature %s", name)
	return 0
}

// Costs that are known come back from counts that were made with them.
func TestFitFindsCosts_R18(t *testing.T) {
	known := map[string]float64{"workflow": 10, "activity": 4, "timer": 0, "signal": 2.5, "update": 7, "child": 12, "continue_as_new": 11,
		"local_activity": 0.25, "eager_activity": 3, "payload_kib": 0.125}
	r := Result{Shards: mainShards}
	for _, shape := range shapes {
		run := Run{Shape: shape, Shards: mainShards, Workflows: 1}
		for _, f := range features {
			run.PerWorkflow.Transitions += known[f.name] * f.amount(shape)
		}
		r.Runs = append(r.Runs, run)
	}
	costs, err := r.Costs(resources[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range r.fitted() {
		if math.Abs(costs[i]-known[f.name]) > 1e-6 {
			t.Errorf("%s: %v, want %v", f.name, costs[i], known[f.name])
		}
	}
}

// A feature that no run has gets no cost, and shapes that always come together are refused.
func TestFitNeedsShapes_R18(t *testing.T) {
	none, both := shapes[0], Shape{Name: "both", Activities: 1, Timers: 1, Payload: smallPayload, InFit: true}
	r := Result{Shards: mainShards, Runs: []Run{{Shape: none, Shards: mainShards}}}
	for _, f := range r.fitted() {
		if f.name != "workflow" {
			t.Errorf("%s has a cost, though no run has it", f.name)
		}
	}
	r.Runs = append(r.Runs, Run{Shape: both, Shards: mainShards})
	if _, err := r.Costs(resources[0]); err == nil || !strings.Contains(err.Error(), "apart") {
		t.Errorf("activities and timers that always come together: %v", err)
	}
}
