package proposals.services.more_replicas_test

import data.lib.advising_test as advising
import data.lib.observed_test as observed
import data.proposals.services.more_replicas

cpu := "resources.cpu_utilization"

test_proposes_as_many_as_keep_the_bound if {
	observations := [observed.of_service(cpu, "history", 0.96), observed.of_service(cpu, "frontend", 0.3)]
	proposed := more_replicas.propose with input as advising.facts({cpu: observations}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"history.replicas": 8}
	[evidence.metric | some evidence in change.evidence] == ["resources.cpu_utilization.history"]
}

test_each_service_is_a_proposal_with_all_its_evidence if {
	memory := "resources.memory_utilization"
	proposed := more_replicas.propose with input as advising.facts(
		{
			cpu: [observed.of_service(cpu, "history", 0.84), observed.of_service(cpu, "matching", 0.9)],
			memory: [observed.of_service(memory, "history", 0.99)],
		},
		{},
	)
	{change.overrides | some change in proposed} == {{"history.replicas": 7}, {"matching.replicas": 5}}
	{count(change.evidence) | some change in proposed} == {1, 2}
}

test_holds_at_the_bound if {
	count(more_replicas.propose) == 0 with input as advising.facts({cpu: [observed.of_service(cpu, "history", 0.8)]}, {})
}

test_holds_where_the_service_is_unknown if {
	count(more_replicas.propose) == 0 with input as advising.facts({cpu: 0.95}, {})
}
