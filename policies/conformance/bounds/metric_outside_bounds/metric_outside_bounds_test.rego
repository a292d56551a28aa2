package conformance.bounds.metric_outside_bounds_test

import data.conformance.bounds.metric_outside_bounds
import data.lib.fixture_test as fixture
import data.lib.observed_test as observed

slots := "resources.worker_task_slot_utilization"

test_fires_outside_of_the_bound if {
	facts := observed.facts_with(slots, [observed.observe(slots, 0.9, {})])
	found := metric_outside_bounds.deny with input as facts
	fixture.messages(found) == {"resources.worker_task_slot_utilization: p95 is 0.9, 0.15 (20 %) over the bound of 0.75"}
	{finding.rule_name | some finding in found} == {"metric_outside_bounds"}
}

test_holds_at_the_bound if {
	count(metric_outside_bounds.deny) == 0 with input as observed.facts_with(slots, [observed.observe(slots, 0.75, {})])
}

test_is_silent_about_what_is_missing if {
	count(metric_outside_bounds.deny) == 0 with input as observed.facts_with(slots, [])
}
