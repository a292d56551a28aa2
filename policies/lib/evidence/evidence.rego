# METADATA
# title: Evidence for a change, from the results of conformance
package lib.evidence

import data.conformance

# failing_results: the results of a metric that are outside their bounds
failing_results(metric) := [result |
	some result in conformance.results
	result.catalogue_metric == metric
	result.result == "fail"
]

# failing_results_of_all: those of several metrics
failing_results_of_all(metrics) := [result |
	some metric in metrics
	some result in failing_results(metric)
]

# is_within_bounds reports whether a metric was observed and every result passes
is_within_bounds(metric) if {
	results := {result.result | some result in conformance.results; result.catalogue_metric == metric}
	results == {"pass"}
}

# level: a statistic of a metric that has one value for the whole cluster
level(metric, statistic) := input.observed[metric][0].statistics[statistic]

# scale_count raises a count in proportion to how far a result is over its upper bound
scale_count(current, result) := ceil((current * result.observed_value) / result.upper_bound)

# from_results returns results as the evidence of a proposal
from_results(results) := [{
	"metric": result.metric,
	"statistic": result.statistic,
	"value": result.observed_value,
	"bound": object.get(result, broken_bound(result), null),
	"unit": result.unit,
	"detail": result.detail,
} |
	some result in results
]

default broken_bound(_) := "upper_bound"

broken_bound(result) := "lower_bound" if result.observed_value < result.lower_bound

# dispatches: tasks per second that matching hands out at the observed load
dispatches := level("throughput.state_transitions_per_sec", "p95") * dispatches_per_transition

# dispatches_per_transition: those of a workflow of the stated shape
dispatches_per_transition := input.needs.dispatches_per_workflow / input.needs.transitions_per_workflow

# dispatches_per_partition: those of one partition
dispatches_per_partition := dispatches / input.values["matching.numTaskqueueWritePartitions"]

# busy_services: what says that a service is short of CPU or memory
busy_services contains sprintf("%s: %s", [result.metric, result.detail]) if {
	some result in failing_results_of_all(["resources.cpu_utilization", "resources.memory_utilization"])
}

# full_pools: what says that calls wait for connections
full_pools contains sprintf("%s: %s", [result.metric, result.detail]) if {
	some result in failing_results_of_all(["dsql_pool.pool_utilization", "dsql_pool.pool_in_use_count"])
}

# slow_database: what says that the database is slow, or that it is unknown
slow_database contains sprintf("%s: %s", [persistence, result.detail]) if {
	some result in failing_results(persistence)
}

slow_database contains sprintf("%s: without it, a slow database cannot be ruled out", [persistence]) if {
	not is_within_bounds(persistence)
	count(failing_results(persistence)) == 0
}

persistence := "latency.persistence_latency_p99"

# waits_elsewhere: what says that tasks wait for a service, a connection or the database
waits_elsewhere := (busy_services | full_pools) | slow_database

# kinds of tasks, each with the metric of its wait and the parameters of its workers
kinds := {
	"workflow": {
		"metric": "latency.workflow_schedule_to_start_p99",
		"pollers": "sdk.workflow_task_pollers",
		"slots": "sdk.max_concurrent_workflow_tasks",
		"worker": "resources.slots_busy.WorkflowWorker",
	},
	"activity": {
		"metric": "latency.activity_schedule_to_start_p99",
		"pollers": "sdk.activity_task_pollers",
		"slots": "sdk.max_concurrent_activities",
		"worker": "resources.slots_busy.ActivityWorker",
	},
}

slot_sum := "resources.worker_task_slot_utilization"

# waiting: the results of each kind of tasks that waits too long
waiting[name] := results if {
	some name, kind in kinds
	results := failing_results(kind.metric)
	count(results) > 0
}

# own_slots: the result about the slots of one kind
own_slots(kind) := [result |
	some result in conformance.results
	result.metric == kind.worker
	result.result != "no_data"
][0]

# used_slots: slots in use of both kinds together, for each worker; an estimate from the sum
used_slots := level(slot_sum, "p95") * sum([input.values[kind.slots] | some kind in kinds])

# hides_full_slots reports whether the sum leaves it open that all slots of a kind are in use: a task without
# a slot waits for whole tasks to end, many times what it may
hides_full_slots(kind) if {
	not own_slots(kind)
	used_slots >= input.values[kind.slots]
	some result in failing_results(kind.metric)
	result.observed_value >= 5 * result.upper_bound
}

# full_slots: what says that the slots of a kind are full or can be
full_slots(kind) := {sprintf("%s: %s", [result.metric, result.detail])} if {
	result := own_slots(kind)
	result.result == "fail"
} else := {sprintf("%s: %v slots are in use for each worker, as many as all of %s", [
	slot_sum, floor(used_slots), kind.slots,
])} if {
	hides_full_slots(kind)
} else := set()
