package conformance.data.metric_without_data_test

import data.conformance.data.metric_without_data
import data.lib.fixture_test as fixture
import data.lib.observed_test as observed

slots := "resources.worker_task_slot_utilization"

test_fires_for_a_metric_that_is_missing if {
	found := metric_without_data.deny with input as observed.facts_with(slots, [])
	fixture.messages(found) == {"resources.worker_task_slot_utilization: no data: it is not in the profile"}
}

test_holds_where_all_was_observed if count(metric_without_data.deny) == 0 with input as observed.facts({})

test_is_silent_about_what_is_outside if {
	count(metric_without_data.deny) == 0 with input as observed.facts_with(slots, [observed.observe(slots, 0.9, {})])
}
