package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// The fixed list of behaviour profiles (R10), as it is named on the wire.
var fixed = strings.Fields(`
	throughput.workflows_started_per_sec throughput.workflows_completed_per_sec throughput.state_transitions_per_sec
	latency.workflow_schedule_to_start_p95 latency.workflow_schedule_to_start_p99
	latency.activity_schedule_to_start_p95 latency.activity_schedule_to_start_p99
	latency.persistence_latency_p95 latency.persistence_latency_p99
	matching.sync_match_rate matching.async_match_rate matching.task_dispatch_latency matching.backlog_count matching.backlog_age
	dsql_pool.pool_open_count dsql_pool.pool_in_use_count dsql_pool.pool_idle_count dsql_pool.reservoir_size
	dsql_pool.reservoir_empty_events dsql_pool.open_failures dsql_pool.reconnect_count
	errors.occ_conflicts_per_sec errors.exhausted_retries_per_sec errors.dsql_auth_failures
	resources.cpu_utilization resources.memory_utilization resources.worker_task_slot_utilization`)

func TestMetricsOfTheFixedList_R10(t *testing.T) {
	metrics, err := registry.New(cuemod.EmbeddedModule()).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range metrics {
		names = append(names, m.Name)
		for dialect, query := range m.Query {
			if !strings.Contains(query, "{selector}") ||
				(m.Kind == "rate" || m.Kind == "quantile") != strings.Contains(query, "{window}") && m.Kind != "ratio" {
				t.Errorf("%s in %s: %s", m.Name, dialect, query)
			}
			if strings.Contains(query, "vector(0)") {
				t.Errorf("%s in %s turns what is missing into zero: %s", m.Name, dialect, query)
			}
		}
	}
	for _, name := range fixed {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not in the catalogue", name)
		}
	}
}

// A parameter acts on metrics of the catalogue.
func TestMetricsThatOthersName(t *testing.T) {
	e := registry.New(cuemod.EmbeddedModule())
	metrics, err := e.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range metrics {
		known[m.Name] = true
	}
	parameters, err := e.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	acted := 0
	for _, p := range parameters {
		for _, name := range p.ActsOn {
			acted++
			if !known[name] {
				t.Errorf("%s acts on %s, which is not in the catalogue", p.Key, name)
			}
		}
	}
	if acted < len(parameters)/2 {
		t.Errorf("%d parameters act on %d metrics", len(parameters), acted)
	}
}
