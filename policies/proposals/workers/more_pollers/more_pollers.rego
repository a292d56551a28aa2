# METADATA
# title: Run more pollers
# description: >-
#   Tasks wait to be started although slots are free, the database answers in time and no
#   partition is overloaded. That leaves too few pollers as the reason.
# custom:
#   expected: more tasks find a poller waiting and start at once
#   risk: more long polls at the frontend; pollers do not help a worker that is short of CPU
package proposals.workers.more_pollers

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	results := evidence.failing_results_of_all([kind.metric | some kind in kinds])
	count(results) > 0
	every metric in ["resources.worker_task_slot_utilization", "latency.persistence_latency_p99"] {
		evidence.is_within_bounds(metric)
	}
	evidence.dispatches_per_partition <= input.margins.dispatches_per_partition_low
	raised := {kind.pollers: least |
		some kind in kinds
		count(evidence.failing_results(kind.metric)) > 0
		least := min([2 * input.values[kind.pollers], input.values[kind.slots]])
		least > input.values[kind.pollers]
	}
	count(raised) > 0
	change := proposal.build(rego.metadata.chain(), {"overrides": raised, "evidence": evidence.from_results(results)})
}

kinds := [
	{
		"metric": "latency.workflow_schedule_to_start_p99",
		"pollers": "sdk.workflow_task_pollers",
		"slots": "sdk.max_concurrent_workflow_tasks",
	},
	{
		"metric": "latency.activity_schedule_to_start_p99",
		"pollers": "sdk.activity_task_pollers",
		"slots": "sdk.max_concurrent_activities",
	},
]
