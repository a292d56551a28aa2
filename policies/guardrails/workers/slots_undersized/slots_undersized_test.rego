package guardrails.workers.slots_undersized_test

import data.guardrails.workers.slots_undersized
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(slots_undersized.warn) == {
		concat("", [
			"8 workers x 6 of sdk.max_concurrent_activities = 48, but 75 dispatches/s of up to 0.5 s each need ",
			"48.75 (with 1.3 for bursts)",
		]),
	}
		with input as fixture.profile({"sdk.max_concurrent_activities": 6})
}

test_holds_for_a_healthy_profile if count(slots_undersized.warn) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(slots_undersized.warn) == 0
		with input as fixture.profile({
			"target_state_transitions_per_sec": 160,
			"sdk.worker_count": 4,
			"sdk.max_concurrent_activities": 13,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(slots_undersized.warn) == {
		"cannot be evaluated: max_e2e_workflow_latency_ms is missing from the profile",
	}
		with input as fixture.without("max_e2e_workflow_latency_ms")
}
