package guardrails.matching.read_partitions_lowered_test

import data.guardrails.matching.read_partitions_lowered
import data.lib.fixture_test as fixture

test_fires_below_the_running_count if {
	fixture.messages(read_partitions_lowered.warn) == {
		"the cluster reads 9 partitions and the profile 8: the backlog of the highest 1 must be drained first",
	}
		with input as fixture.against({"matching.numTaskqueueReadPartitions": 9})
}

test_holds_at_the_running_count if {
	count(read_partitions_lowered.warn) == 0 with input as fixture.against({"matching.numTaskqueueReadPartitions": 8})
}

test_reports_what_deployed_does_not_say if {
	fixture.messages(read_partitions_lowered.warn) == {
		"cannot be evaluated: deployed has no value of matching.numTaskqueueReadPartitions",
	}
		with input as object.union(fixture.profile({}), {"deployed": {}})
}

test_holds_for_a_healthy_profile if count(read_partitions_lowered.warn) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(read_partitions_lowered.warn) == {
		"cannot be evaluated: matching.numTaskqueueReadPartitions is missing from the profile",
	}
		with input as fixture.without("matching.numTaskqueueReadPartitions")
}
