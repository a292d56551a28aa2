package guardrails.slo.latency_targets_contradict_test

import data.guardrails.slo.latency_targets_contradict
import data.lib.fixture_test as fixture

test_fires_above_the_whole if {
	fixture.messages(latency_targets_contradict.warn) == {
		"schedule-to-start may take 501 ms of an end-to-end latency of 500 ms",
	}
		with input as fixture.profile({"max_schedule_to_start_latency_ms": 501})
}

test_holds_for_a_healthy_profile if count(latency_targets_contradict.warn) == 0 with input as fixture.profile({})

test_holds_at_the_whole if {
	count(latency_targets_contradict.warn) == 0 with input as fixture.profile({"max_schedule_to_start_latency_ms": 500})
}

test_reports_a_missing_parameter if {
	fixture.messages(latency_targets_contradict.warn) == {
		"cannot be evaluated: max_schedule_to_start_latency_ms is missing from the profile",
	}
		with input as fixture.without("max_schedule_to_start_latency_ms")
}
