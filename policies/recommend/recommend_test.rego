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
	some topic
	change := data.proposals[topic][_].propose[_]
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

test_nothing_is_proposed_without_what_speaks_against_it if {
	verdict := recommend.verdict with input as advising.facts(
		{
			"latency.workflow_schedule_to_start_p99": 900,
			"dsql_pool.pool_waits_per_sec": 20,
			"dsql_pool.open_failures": 1,
			"errors.dsql_auth_failures": 1,
			"matching.sync_match_rate": 0.5,
		},
		{},
	)
	verdict.proposals == []
	[found.metric | some found in verdict.unexplained] == ["errors.dsql_auth_failures"]
	{change.name | some change in verdict.considered} == {
		"larger_pool", "more_partitions", "more_pollers", "shared_open_rate",
	}
	every change in verdict.considered {
		count(change.against) > 0
		count(change.metrics) > 0
		change.title != ""
	}
}

test_what_is_furthest_outside_comes_first if {
	verdict := recommend.verdict with input as troubled
	verdict.proposals[0].name == "larger_preset"
}

test_unknown_partitions_and_shared_rates_speak_against if {
	levels := {
		"matching.sync_match_rate": 0.5,
		"dsql_pool.open_failures": 1,
		"errors.dsql_auth_failures": [],
		"throughput.state_transitions_per_sec": [],
	}
	verdict := recommend.verdict with input as advising.facts(levels, {"dsql.distributed_rate_limiter_enabled": true})
	{message | some change in verdict.considered; some message in change.against} == {
		"errors.dsql_auth_failures is unknown: missing tokens cannot be ruled out",
		"the dispatches of a partition are unknown",
		"the instances share the open rate already",
	}
}

test_full_slots_speak_against_partitions if {
	busy := "resources.slots_busy"
	verdict := recommend.verdict with input as advising.facts(
		{
			"latency.workflow_schedule_to_start_p99": 15958,
			"matching.backlog_count": 900,
			busy: [observed.of_service(busy, "WorkflowWorker", 0.99)],
		},
		{},
	)
	some change in verdict.considered
	change.name == "more_partitions"
	"resources.slots_busy.WorkflowWorker: p95 is 0.99, 0.24 (32 %) over the bound of 0.75" in change.against
}

test_the_fullest_resources_come_first if {
	facts := object.union(troubled, {"capacity": {"load": 150, "resources": [
		{
			"name": "shards", "resource": "shards that wait", "parameter": "history.shards",
			"utilization": 0.5, "full_at": 1900,
		},
		{"name": "connections", "resource": "connections", "utilization": 0.1},
		{"name": "full", "resource": "a full one", "utilization": 1, "full_at": 150},
	]}})
	verdict := recommend.verdict with input as facts
	count(verdict.bottlenecks) == 5
	verdict.bottlenecks[0] == {
		"name": "resources.cpu_utilization.history", "resource": "resources.cpu_utilization.history",
		"parameter": "", "utilization": 0.95, "source": "measured",
	}
	verdict.bottlenecks[1] == {
		"name": "shards", "resource": "shards that wait", "parameter": "history.shards",
		"utilization": 0.7143, "source": "model",
	}
}
