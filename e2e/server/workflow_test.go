package server

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// optionOf says which option of the Go SDK holds a parameter.
var optionOf = map[string]string{
	"sdk.max_concurrent_workflow_tasks":    "MaxConcurrentWorkflowTaskExecutionSize",
	"sdk.max_concurrent_activities":        "MaxConcurrentActivityExecutionSize",
	"sdk.max_concurrent_local_activities":  "MaxConcurrentLocalActivityExecutionSize",
	"sdk.max_concurrent_nexus_tasks":       "MaxConcurrentNexusTaskExecutionSize",
	"sdk.workflow_task_pollers":            "WorkflowTaskPollerBehavior.initialNumberOfPollers",
	"sdk.workflow_task_pollers_min":        "WorkflowTaskPollerBehavior.minimumNumberOfPollers",
	"sdk.workflow_task_pollers_max":        "WorkflowTaskPollerBehavior.maximumNumberOfPollers",
	"sdk.activity_task_pollers":            "ActivityTaskPollerBehavior.initialNumberOfPollers",
	"sdk.activity_task_pollers_min":        "ActivityTaskPollerBehavior.minimumNumberOfPollers",
	"sdk.activity_task_pollers_max":        "ActivityTaskPollerBehavior.maximumNumberOfPollers",
	"sdk.nexus_task_pollers":               "NexusTaskPollerBehavior.initialNumberOfPollers",
	"sdk.nexus_task_pollers_min":           "NexusTaskPollerBehavior.minimumNumberOfPollers",
	"sdk.nexus_task_pollers_max":           "NexusTaskPollerBehavior.maximumNumberOfPollers",
	"sdk.sticky_schedule_to_start_timeout": "StickyScheduleToStartTimeout",
	"sdk.sticky_cache_size":                "StickyWorkflowCacheSize",
	"sdk.disable_eager_activities":         "DisableEagerActivities",
}

func TestWorkflowRunsOnTheCompiledConfiguration_R4(t *testing.T) {
	program := buildWorker(t, compiled)
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		server := startServer(t, a)
		settings := startWorker(t, program, a.Name(), server)

		for parameter, option := range optionOf {
			want, ok := a.Profile.Value(parameter)
			if !ok || !sameSetting(settings[option], want) {
				t.Errorf("the worker runs with %s %v, the profile says %s %v", option, settings[option], parameter, want)
			}
		}

		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		run, err := dial(t, server).ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: taskQueue}, "Greet", a.Name())
		if err != nil {
			t.Fatal(err)
		}
		var greeting string
		if err := run.Get(ctx, &greeting); err != nil {
			t.Fatal(err)
		}
		if want := "Hello, " + a.Name(); greeting != want {
			t.Errorf("the workflow returned %q, want %q", greeting, want)
		}
	})
}

// sameSetting is same for two values of JSON: durations are texts there, which
// may be spelt unlike ("10s", "10000ms").
func sameSetting(worker, profile any) bool {
	if text, ok := worker.(string); ok {
		if d, err := time.ParseDuration(text); err == nil {
			return same(d, profile)
		}
	}
	return worker == profile
}
