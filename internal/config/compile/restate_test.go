package compile_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// A restated profile resolves to the same profile, with its raised quotas and its waivers.
func TestRestatedProfileIsTheSame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deployment.yaml")
	text := "name: orders\npreset: very-high-throughput\nmodifier: batch-processor\n" +
		"raised_quotas: {connections_per_cluster: 60000}\n" +
		"services: {history: {overrides: {persistence.maxConns: 300, dsql.connection_rate_limit: 4}}}\n" +
		"namespaces: {payments: {overrides: {frontend.namespaceRPS: 900}}}\n" +
		"task_queues: {fast: {name: orders, namespace: payments, task_type: workflow, overrides: {matching.numTaskqueueReadPartitions: 5}}}\n" +
		"workload: {activities: 3}\ndatabase: {commit_ms: 30}\n" +
		"overrides: {target_state_transitions_per_sec: 2000}\n" +
		"waivers: [{rule: sticky_minimal_benefit, reason: tried, owner: sre, expires: '2027-01-01'}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := compile.New("../../..")
	if err != nil {
		t.Fatal(err)
	}
	before, err := e.Resolve(compile.Request{Path: file})
	if err != nil || len(before.Violations) > 0 {
		t.Fatal(err, before.Violations)
	}
	request, err := e.RestateProfile(before.Profile)
	if err != nil {
		t.Fatal(err)
	}
	after, err := e.Resolve(request)
	if err != nil || len(after.Violations) > 0 {
		t.Fatal(err, after.Violations)
	}
	if !reflect.DeepEqual(before.Profile, after.Profile) {
		t.Errorf("before %+v\nafter  %+v", before.Profile, after.Profile)
	}
}
