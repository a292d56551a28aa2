package proposals.workers.more_pollers_test

import data.lib.advising_test as advising
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
