package proposals.matching.more_partitions_test

import data.lib.advising_test as advising
import data.proposals.matching.more_partitions

load := "throughput.state_transitions_per_sec"

test_proposes_as_many_as_are_sure_to_serve if {
	proposed := more_partitions.propose with input as advising.facts({load: 490, "matching.sync_match_rate": 0.5}, {
		"matching.numTaskqueueReadPartitions": 4, "matching.numTaskqueueWritePartitions": 4,
	})
	[change] := [change | some change in proposed]
	change.overrides == {"matching.numTaskqueueReadPartitions": 5, "matching.numTaskqueueWritePartitions": 5}
	change.evidence[0].bound == 0.9
	change.evidence[1].detail == "61.25 dispatches/s for each of 4 partitions, and one serves 50 reliably"
	change.evidence[1].bound == 400
}

test_read_partitions_are_never_lowered if {
	proposed := more_partitions.propose
		with input as advising.facts({load: 490, "matching.backlog_count": 900}, {"matching.numTaskqueueWritePartitions": 4})
	[change] := [change | some change in proposed]
	change.overrides["matching.numTaskqueueReadPartitions"] == 8
}

test_holds_where_partitions_have_little_to_do if {
	count(more_partitions.propose) == 0 with input as advising.facts({"matching.sync_match_rate": 0.5}, {})
}

test_holds_where_tasks_do_not_wait if {
	count(more_partitions.propose) == 0
		with input as advising.facts({load: 490}, {"matching.numTaskqueueWritePartitions": 4})
}

test_holds_where_the_load_is_unknown if {
	count(more_partitions.propose) == 0 with input as advising.facts({load: [], "matching.sync_match_rate": 0.5}, {})
}
