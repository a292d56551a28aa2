//go:build e2e

package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"
	"time"
)

// A server that runs counts the transitions and dispatches that the capacity model
// takes for exact, and what the proxy counts is what PostgreSQL counts.
func TestServerCountsTransitions_R18(t *testing.T) {
	programs := os.Getenv("TEMPORAL_PROGRAMS")
	if programs == "" {
		t.Fatal("TEMPORAL_PROGRAMS is not set; remedy: name the folder of temporal-server and temporal-sql-tool")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	s, err := StartServer(ctx, programs, ServerConfig{Shards: 4, Pool: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	workers, err := StartWorkers(s.Client, workerOptions(), shapes...)
	defer workers.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.warmUp(ctx, shapes[0]); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"activities and timers", "eager activities"} {
		shape, err := shapeNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		shape.Rate = 2
		// what the server does for itself can fall into a window
		var wrong []string
		for range 3 {
			run, err := s.MeasureShape(ctx, shape, Idle{}, 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if wrong = checkCounts(run.PerWorkflow, shape); len(wrong) == 0 {
				break
			}
		}
		for _, text := range wrong {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// checkCounts returns what is wrong with the counts of one workflow.
func checkCounts(c Counts, shape Shape) (wrong []string) {
	if want := float64(3 + 4*shape.Activities + 3*shape.Timers + 3*shape.Eager); c.Transitions != want {
		wrong = append(wrong, fmt.Sprintf("%v transitions a workflow, want %v", c.Transitions, want))
	}
	if got := c.Dispatches["Activity"]; got != float64(shape.Activities) {
		wrong = append(wrong, fmt.Sprintf("%v activity tasks a workflow, want %d", got, shape.Activities))
	}
	statements := 0.0
	for _, service := range services {
		statements += c.Database[service].Statements + c.Upkeep[service].Statements
	}
	// the two are read one after the other, while the server goes on
	if ratio := statements / c.Work.Statements; math.Abs(ratio-1) > 0.05 {
		wrong = append(wrong, fmt.Sprintf("the proxy counts %.1f statements and PostgreSQL %.1f", statements, c.Work.Statements))
	}
	return wrong
}
