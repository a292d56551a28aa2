package guardrails.matching.partitions_undersized_test

import data.guardrails.matching.partitions_undersized
import data.lib.fixture_test as fixture

test_fires_above_what_is_served if {
	fixture.messages(partitions_undersized.deny) == {
		"8 write partitions x 75/s = 600 dispatches/s, but 1202 transitions/s need 601 if one task queue carries them",
	}
		with input as fixture.needing({"dispatches_per_sec": 601}, {"target_state_transitions_per_sec": 1202})
}

test_holds_for_a_healthy_profile if count(partitions_undersized.deny) == 0 with input as fixture.profile({})

test_holds_at_what_is_served if {
	count(partitions_undersized.deny) == 0
		with input as fixture.needing({"dispatches_per_sec": 600}, {})
}

test_reports_a_missing_parameter if {
	fixture.messages(partitions_undersized.deny) == {concat("", [
		"cannot be evaluated: matching.numTaskqueueWritePartitions is missing from the ",
		"profile",
	])}
		with input as fixture.without("matching.numTaskqueueWritePartitions")
}

test_reports_a_missing_need if {
	fixture.messages(partitions_undersized.deny) == {concat("", [
		"cannot be evaluated: needs.dispatches_per_sec is missing from the profile",
	])}
		with input as fixture.without_need("dispatches_per_sec")
}
