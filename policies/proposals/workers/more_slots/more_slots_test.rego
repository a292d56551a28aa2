package proposals.workers.more_slots_test

import data.lib.advising_test as advising
import data.lib.observed_test as observed
import data.proposals.workers.more_slots

waiting := "latency.workflow_schedule_to_start_p99"

busy := "resources.slots_busy"

slot_sum := "resources.worker_task_slot_utilization"

one_full := {
	waiting: 15958,
	slot_sum: 0.505,
	busy: [observed.of_service(busy, "WorkflowWorker", 0.99), observed.of_service(busy, "ActivityWorker", 0.02)],
}

test_raises_the_slots_that_are_full if {
	proposed := more_slots.propose with input as advising.facts(one_full, {})
	[change] := [change | some change in proposed]
	change.overrides == {"sdk.max_concurrent_workflow_tasks": 264}
	[shown.metric | some shown in change.evidence] == [waiting, "resources.slots_busy.WorkflowWorker"]
}

test_finds_them_behind_the_sum if {
	proposed := more_slots.propose with input as advising.facts({waiting: 15958, slot_sum: 0.505}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"sdk.max_concurrent_workflow_tasks": 267}
	change.evidence[1].metric == slot_sum
	change.evidence[1].detail == concat("", [
		"202 slots are in use for each worker, ",
		"as many as all of sdk.max_concurrent_workflow_tasks",
	])
}

test_holds_where_the_sum_says_otherwise if {
	count(more_slots.propose) == 0 with input as advising.facts({waiting: 15958, slot_sum: 0.3}, {})
	count(more_slots.propose) == 0 with input as advising.facts({waiting: 300, slot_sum: 0.505}, {})
	both := {waiting: 15958, slot_sum: 0.505, "latency.activity_schedule_to_start_p99": 15958}
	count(more_slots.propose) == 0 with input as advising.facts(both, {})
	count(more_slots.propose) == 0 with input as advising.facts({}, {})
}

test_a_busy_service_speaks_against_it if {
	cpu := "resources.cpu_utilization"
	facts := advising.facts(object.union(one_full, {cpu: [observed.of_service(cpu, "history", 0.96)]}), {})
	count(more_slots.propose) == 0 with input as facts
	considered := more_slots.consider with input as facts
	[change] := [change | some change in considered]
	change.against == ["resources.cpu_utilization.history: p95 is 0.96, 0.16 (20 %) over the bound of 0.8"]
}

test_full_slots_of_all_need_workers if {
	facts := advising.facts(object.union(one_full, {slot_sum: 0.9}), {})
	considered := more_slots.consider with input as facts
	[change] := [change | some change in considered]
	change.against == [concat("", [
		"resources.worker_task_slot_utilization: p95 is 0.9, 0.15 (20 %) over the bound of 0.75: ",
		"add workers instead",
	])]
}
