package guardrails.slo.instances_undersized_test

import data.guardrails.slo.instances_undersized
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(instances_undersized.warn) == {
		"history.replicas is 1, but 150 transitions/s need 2",
		"sdk.worker_count is 2, but 150 transitions/s need 3",
	}
		with input as fixture.needing(
			{"history_replicas_needed": 2, "workers_needed": 3},
			{"history.replicas": 1, "sdk.worker_count": 2},
		)
}

test_holds_for_a_healthy_profile if count(instances_undersized.warn) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(instances_undersized.warn) == {"cannot be evaluated: frontend.replicas is missing from the profile"}
		with input as fixture.without("frontend.replicas")
}

test_reports_a_missing_need if {
	fixture.messages(instances_undersized.warn) == {concat("", [
		"cannot be evaluated: needs.workers_needed is missing from the profile",
	])}
		with input as fixture.without_need("workers_needed")
}
