package guardrails.matching.matching_partition_oversized_test

import data.guardrails.matching.matching_partition_oversized
import data.lib.fixture_test as fixture

test_fires_above_the_default if {
	fixture.messages(matching_partition_oversized.warn) == {
		concat("", [
			"17 read partitions for 75 dispatches/s, over 16: 4 times the larger of the 2 that they need at 50/s ",
			"each and the server's default of 4",
		]),
	}
		with input as fixture.profile({"matching.numTaskqueueReadPartitions": 17})
}

test_fires_above_the_need if {
	fixture.messages(matching_partition_oversized.warn) == {
		concat("", [
			"33 read partitions for 400 dispatches/s, over 32: 4 times the larger of the 8 that they need at ",
			"50/s each and the server's default of 4",
		]),
	}
		with input as fixture.needing({"dispatches_per_sec": 400}, {"matching.numTaskqueueReadPartitions": 33})
}

test_holds_for_a_healthy_profile if count(matching_partition_oversized.warn) == 0 with input as fixture.profile({})

test_holds_at_four_times_the_default if {
	count(matching_partition_oversized.warn) == 0
		with input as fixture.profile({"matching.numTaskqueueReadPartitions": 16})
}

test_holds_at_four_times_the_need if {
	count(matching_partition_oversized.warn) == 0
		with input as fixture.needing({"dispatches_per_sec": 400}, {"matching.numTaskqueueReadPartitions": 32})
}

test_reports_a_missing_parameter if {
	fixture.messages(matching_partition_oversized.warn) == {
		"cannot be evaluated: matching.numTaskqueueReadPartitions is missing from the profile",
	}
		with input as fixture.without("matching.numTaskqueueReadPartitions")
}
