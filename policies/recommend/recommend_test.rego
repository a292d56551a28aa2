package recommend_test

import data.lib.advising_test as advising
import data.lib.observed_test as observed
import data.recommend

cpu := "resources.cpu_utilization"

# troubles of every topic at once
troubled := advising.facts(
	{
		"throughput.state_transitions_per_sec": 900,
		"matching.sync_match_rate": 0.5,
		"resources.worker_task_slot_utilization": 0.9,
		"dsql_pool.open_failures": 1,
		cpu: [observed.of_service(cpu, "history", 0.95)],
	},
	{},
)

# proposed: the changes of each topic
proposed[topic] contains change if {
	some topic, name
	some change in data.proposals[topic][name].propose
}

test_every_proposal_of_every_topic_is_in_the_verdict if {
	verdict := recommend.verdict with input as troubled
	expected := proposed with input as troubled
	{change | some change in verdict.proposals} == union({changes | some changes in expected})
	object.keys(expected) == {"connections", "matching", "preset", "services", "workers"}
}

test_without_evidence_there_is_no_proposal if {
	verdict := recommend.verdict with input as advising.facts({}, {})
	verdict.proposals == []
	verdict.conformance.label == "conforming"
	none := recommend.verdict with input as {}
	none.proposals == []
}

test_a_proposal_is_complete if {
	every change in recommend.verdict.proposals {
		{"evidence", "expected", "name", "overrides", "preset", "risk", "title"} == object.keys(change)
		count(change.evidence) > 0
		every shown in change.evidence {
			is_number(shown.value)
			is_number(shown.bound)
			shown.detail != ""
		}
	} with input as troubled
}
