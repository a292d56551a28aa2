# METADATA
# title: Facts that recommendations are made of, to test them with
package lib.advising_test

import data.lib.observed_test as observed

# facts of a mid-scale cluster with some levels, by metric, and some values changed
facts(levels, values) := object.union(observed.conforming, {
	"promises": array.concat(array.concat(observed.conforming.promises, [refused]), slots_promise(levels)),
	"observed": object.union(
		object.union(observed.conforming.observed, {refused.metric: observations(refused.metric, 0)}),
		{metric: observations(metric, value) | some metric, value in levels},
	),
	"values": object.union(configured, values),
	"presets": presets,
	"margins": {"dispatches_per_partition_low": 50},
	"needs": {"dispatches_per_workflow": 2, "transitions_per_workflow": 4},
})

refused := {"metric": "errors.resource_exhausted_per_sec", "unit": "1/s", "upper": {"statistic": "p95", "value": 0}}

# slots_promise bounds the slots of each type of worker, where they are given
slots_promise(levels) := [
{"metric": "resources.slots_busy", "unit": "ratio", "upper": {"statistic": "p95", "value": 0.75}} |
	levels["resources.slots_busy"]
]

# observations: of one level, or as they are given
observations(metric, value) := [observed.observe(metric, value, {})] if is_number(value)

observations(_, value) := value if is_array(value)

presets := [
	{"name": "starter", "min": 0, "max": 50},
	{"name": "mid-scale", "min": 50, "max": 500},
	{"name": "high-throughput", "min": 500, "max": 2000},
]

configured := {
	"history.shards": 512,
	"history.replicas": 6,
	"matching.replicas": 4,
	"frontend.replicas": 3,
	"worker.replicas": 2,
	"matching.numTaskqueueReadPartitions": 8,
	"matching.numTaskqueueWritePartitions": 8,
	"sdk.worker_count": 8,
	"sdk.workflow_task_pollers": 16,
	"sdk.activity_task_pollers": 8,
	"sdk.max_concurrent_workflow_tasks": 200,
	"sdk.max_concurrent_activities": 200,
	"persistence.maxConns": 50,
	"dsql.reservoir_enabled": true,
	"dsql.distributed_rate_limiter_enabled": false,
}
