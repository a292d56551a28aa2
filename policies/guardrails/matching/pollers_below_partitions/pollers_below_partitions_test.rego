package guardrails.matching.pollers_below_partitions_test

import data.guardrails.matching.pollers_below_partitions
import data.lib.fixture_test as fixture

test_fires_below_the_cover if {
	fixture.messages(pollers_below_partitions.warn) == {
		"8 workers x 4 activity task pollers = 32, under the 36.8 that cover 8 read partitions (4.6 each)",
	}
		with input as fixture.profile({"sdk.activity_task_pollers": 4})
}

test_holds_for_a_healthy_profile if count(pollers_below_partitions.warn) == 0 with input as fixture.profile({})

test_holds_at_the_cover if {
	count(pollers_below_partitions.warn) == 0
		with input as fixture.profile({
			"matching.numTaskqueueReadPartitions": 10,
			"sdk.worker_count": 23,
			"sdk.workflow_task_pollers": 2,
			"sdk.activity_task_pollers": 2,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(pollers_below_partitions.warn) == {
		"cannot be evaluated: sdk.activity_task_pollers is missing from the profile",
	}
		with input as fixture.without("sdk.activity_task_pollers")
}
