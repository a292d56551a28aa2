package guardrails.matching.partitions_lowered_at_once_test

import data.guardrails.matching.partitions_lowered_at_once
import data.lib.fixture_test as fixture

test_fires_below_the_running_write_partitions if {
	fixture.messages(partitions_lowered_at_once.deny) == {
		"the cluster writes to 9 partitions and the profile has 8 read partitions: what waits in 1 of them is never read",
	}
		with input as fixture.against({"matching.numTaskqueueWritePartitions": 9})
}

test_holds_at_the_running_write_partitions if {
	count(partitions_lowered_at_once.deny) == 0 with input as fixture.against({"matching.numTaskqueueWritePartitions": 8})
}

test_reports_what_deployed_does_not_say if {
	fixture.messages(partitions_lowered_at_once.deny) == {
		"cannot be evaluated: deployed has no value of matching.numTaskqueueWritePartitions",
	}
		with input as object.union(fixture.profile({}), {"deployed": {}})
}

test_holds_for_a_healthy_profile if count(partitions_lowered_at_once.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(partitions_lowered_at_once.deny) == {
		"cannot be evaluated: matching.numTaskqueueReadPartitions is missing from the profile",
	}
		with input as fixture.without("matching.numTaskqueueReadPartitions")
}
