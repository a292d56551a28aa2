# METADATA
# title: Spread the task queues over more partitions
# description: >-
#   Tasks wait or miss their pollers, and each partition dispatches more than it can serve reliably.
# custom:
#   expected: each partition dispatches no more than it can serve reliably, so fewer tasks wait
#   risk: >-
#     pollers are spread over more partitions and must be enough for all of them. Partitions can
#     be raised at once, but lowered only in steps
package proposals.matching.more_partitions

import data.lib.evidence
import data.lib.proposal
import data.lib.words

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	evidence.dispatches_per_partition > input.margins.dispatches_per_partition_low
	served := input.margins.dispatches_per_partition_low * input.values["matching.numTaskqueueWritePartitions"]
	partitions := ceil(evidence.dispatches / input.margins.dispatches_per_partition_low)
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {
			"matching.numTaskqueueReadPartitions": max([partitions, input.values["matching.numTaskqueueReadPartitions"]]),
			"matching.numTaskqueueWritePartitions": partitions,
		},
		"evidence": array.concat(evidence.from_results(symptoms), [{
			"metric": "throughput.state_transitions_per_sec", "statistic": "p95", "unit": "st/s",
			"value": evidence.level("throughput.state_transitions_per_sec", "p95"),
			"bound": served / evidence.dispatches_per_transition,
			"detail": sprintf("%v dispatches/s for each of %v partitions, and one serves %v reliably", [
				words.number(evidence.dispatches_per_partition),
				input.values["matching.numTaskqueueWritePartitions"],
				input.margins.dispatches_per_partition_low,
			]),
		}]),
	})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

symptoms := evidence.failing_results_of_all([
	"matching.sync_match_rate",
	"matching.task_dispatch_latency",
	"matching.backlog_count",
	"matching.backlog_age",
])

objections contains message if {
	some name, _ in evidence.waiting
	some message in evidence.full_slots(evidence.kinds[name])
}

objections contains sprintf("each partition dispatches %v tasks/s, and one serves %v reliably", [
	words.number(evidence.dispatches_per_partition),
	input.margins.dispatches_per_partition_low,
]) if {
	evidence.dispatches_per_partition <= input.margins.dispatches_per_partition_low
}

objections contains "the dispatches of a partition are unknown" if {
	not evidence.dispatches_per_partition
}
