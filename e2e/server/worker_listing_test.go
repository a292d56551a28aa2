//go:build temporal1.32

package server

import (
	"testing"

	workerpb "go.temporal.io/api/worker/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// A worker with autoscaled polls, resource-based slots and a deployment version runs from the
// generated file, and the server lists it as such. With fixed polls and slots it lists those.
func TestServerListsHowWorkersAreTuned(t *testing.T) {
	dir := t.TempDir()
	compiler, err := product.NewCompiler(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		overrides  []string
		autoscales bool
		supplier   string
		deployment string
	}{
		"as compiled": {nil, true, "Fixed", ""},
		"resource-based": {
			[]string{"sdk.slot_supplier=resource-based", "sdk.deployment_name=payments", "sdk.build_id=v7"}, true, "ResourceBased", "payments",
		},
		"fixed": {[]string{"sdk.poller_mode=fixed"}, false, "Fixed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := compiler.Compile(product.Variant{Preset: "mid-scale"}, "1.32", dir+"/"+name, tt.overrides...)
			if err != nil {
				t.Fatal(err)
			}
			server := startServer(t, a)
			startWorker(t, buildWorker(t, []product.Artefacts{a}), a.Name(), server)
			var listed *workerpb.WorkerHeartbeat
			await(t, "the worker to be listed", func() bool {
				found, err := dial(t, server).WorkflowService().ListWorkers(
					t.Context(), &workflowservice.ListWorkersRequest{Namespace: server.Namespace},
				)
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range found.GetWorkersInfo() {
					if h := w.GetWorkerHeartbeat(); h.GetTaskQueue() == taskQueue && h.GetWorkflowPollerInfo() != nil {
						listed = h
					}
				}
				return listed != nil
			})
			for kind, polls := range map[string]*workerpb.WorkerPollerInfo{
				"workflow": listed.GetWorkflowPollerInfo(), "activity": listed.GetActivityPollerInfo(),
			} {
				if polls.GetIsAutoscaling() != tt.autoscales {
					t.Errorf("%s polls: %v", kind, polls)
				}
			}
			for kind, slots := range map[string]*workerpb.WorkerSlotsInfo{
				"workflow": listed.GetWorkflowTaskSlotsInfo(), "activity": listed.GetActivityTaskSlotsInfo(),
			} {
				if slots.GetSlotSupplierKind() != tt.supplier {
					t.Errorf("%s slots: %v", kind, slots)
				}
			}
			if got := listed.GetDeploymentVersion().GetDeploymentName(); got != tt.deployment {
				t.Errorf("deployment %q, want %q", got, tt.deployment)
			}
		})
	}
}
