package guardrails.matching.read_partitions_below_write_test

import data.guardrails.matching.read_partitions_below_write
import data.lib.fixture_test as fixture

test_fires_below if {
	fixture.messages(read_partitions_below_write.deny) == {
		"8 write partitions and 6 read partitions: tasks in 2 of them are never read",
	}
		with input as fixture.profile({"matching.numTaskqueueReadPartitions": 6})
}

test_holds_for_a_healthy_profile if count(read_partitions_below_write.deny) == 0 with input as fixture.profile({})

test_holds_above if {
	count(read_partitions_below_write.deny) == 0 with input as fixture.profile({"matching.numTaskqueueReadPartitions": 9})
}

test_reports_a_missing_parameter if {
	fixture.messages(read_partitions_below_write.deny) == {
		"cannot be evaluated: matching.numTaskqueueReadPartitions is missing from the profile",
	}
		with input as fixture.without("matching.numTaskqueueReadPartitions")
}

test_names_the_default_of_the_server if {
	fixture.messages(read_partitions_below_write.deny) == {
		"8 write partitions and 4 read partitions (the server's default): tasks in 4 of them are never read",
	}
		with input as fixture.defaulting({"matching.numTaskqueueReadPartitions": 4})
}
