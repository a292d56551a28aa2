package proposals.workers.more_pollers_test

import data.lib.advising_test as advising
import data.lib.observed_test as observed
import data.proposals.workers.more_pollers

waiting := "latency.workflow_schedule_to_start_p99"

test_doubles_the_pollers_of_the_tasks_that_wait if {
	proposed := more_pollers.propose with input as advising.facts({waiting: 300}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"sdk.workflow_task_pollers": 32}
	count(change.evidence) == 1
}

test_both_kinds_may_wait if {
	proposed := more_pollers.propose
		with input as advising.facts({waiting: 300, "latency.activity_schedule_to_start_p99": 300}, {})
	{change.overrides | some change in proposed} == {{"sdk.workflow_task_pollers": 32, "sdk.activity_task_pollers": 16}}
}

test_no_more_pollers_than_slots if {
	proposed := more_pollers.propose
		with input as advising.facts({waiting: 300}, {"sdk.max_concurrent_workflow_tasks": 20})
	{change.overrides | some change in proposed} == {{"sdk.workflow_task_pollers": 20}}
	count(more_pollers.propose) == 0
		with input as advising.facts({waiting: 300}, {"sdk.max_concurrent_workflow_tasks": 16})
}

test_holds_where_nothing_waits if count(more_pollers.propose) == 0 with input as advising.facts({}, {})

test_holds_where_something_else_is_short if {
	count(more_pollers.propose) == 0
		with input as advising.facts({waiting: 300, "resources.worker_task_slot_utilization": 0.9}, {})
	count(more_pollers.propose) == 0
		with input as advising.facts({waiting: 300, "latency.persistence_latency_p99": 300}, {})
	count(more_pollers.propose) == 0
		with input as advising.facts(
			{waiting: 300, "throughput.state_transitions_per_sec": 490},
			{"matching.numTaskqueueWritePartitions": 4},
		)
}

test_holds_where_something_else_is_unknown if {
	count(more_pollers.propose) == 0
		with input as advising.facts({waiting: 300, "resources.worker_task_slot_utilization": []}, {})
}

against(levels, values) := messages if {
	considered := more_pollers.consider with input as advising.facts(levels, values)
	[change] := [change | some change in considered]
	change.name == "more_pollers"
	change.metrics == [waiting]
	messages := change.against
}

test_tells_what_speaks_against_it if {
	cpu := "resources.cpu_utilization"
	against({waiting: 300, cpu: [observed.of_service(cpu, "history", 0.96)]}, {}) == [
		"resources.cpu_utilization.history: p95 is 0.96, 0.16 (20 %) over the bound of 0.8",
	]
	against({waiting: 300, "dsql_pool.pool_in_use_count": 1300}, {}) == [
		"dsql_pool.pool_in_use_count: p95 is 1300 connections, 100 connections (8 %) over the bound of 1200 connections",
	]
	against({waiting: 300, "latency.persistence_latency_p99": []}, {}) == [
		"latency.persistence_latency_p99: without it, a slow database cannot be ruled out",
	]
	against({waiting: 300, "latency.persistence_latency_p99": 300}, {}) == [
		"latency.persistence_latency_p99: p95 is 300 ms, 150 ms (100 %) over the bound of 150 ms",
	]
	against({waiting: 300, "resources.worker_task_slot_utilization": 0.9}, {}) == [
		"resources.worker_task_slot_utilization: p95 is 0.9, 0.15 (20 %) over the bound of 0.75",
	]
	against({waiting: 300, "resources.worker_task_slot_utilization": []}, {}) == [
		"resources.worker_task_slot_utilization is unknown: full slots cannot be ruled out",
	]
	against({waiting: 300, "throughput.state_transitions_per_sec": []}, {}) == [
		"the dispatches of a partition are unknown: busy partitions cannot be ruled out",
	]
	against({waiting: 300}, {"sdk.max_concurrent_workflow_tasks": 16}) == [
		"sdk.workflow_task_pollers is 16, as much as sdk.max_concurrent_workflow_tasks",
	]
	against({waiting: 900}, {}) == ["matching hands tasks out within 40 ms, and they wait 900 ms to be started"]
}

test_full_slots_of_one_type_speak_against_it if {
	full := {waiting: 300, "resources.slots_busy": [observed.of_service("resources.slots_busy", "WorkflowWorker", 0.99)]}
	against(full, {}) == ["resources.slots_busy.WorkflowWorker: p95 is 0.99, 0.24 (32 %) over the bound of 0.75"]
	free := {waiting: 300, "resources.slots_busy": [observed.of_service("resources.slots_busy", "WorkflowWorker", 0.5)]}
	count(more_pollers.consider) == 0 with input as advising.facts(free, {})
	count(more_pollers.propose) == 1 with input as advising.facts(free, {})
}

test_another_kind_can_have_more_pollers if {
	levels := {waiting: 300, "latency.activity_schedule_to_start_p99": 300}
	proposed := more_pollers.propose with input as advising.facts(levels, {"sdk.max_concurrent_workflow_tasks": 16})
	{change.overrides | some change in proposed} == {{"sdk.activity_task_pollers": 16}}
}
