# METADATA
# title: Spread the task queues over more partitions
# description: >-
#   Tasks wait or miss their pollers, and each partition dispatches more than one is sure to serve.
# custom:
#   expected: each partition dispatches no more than it is sure to serve, so that fewer tasks wait
#   risk: >-
#     pollers are spread over more partitions: there have to be enough of them. Partitions are
#     raised at once, and lowered in steps only
package recommend.matching.more_partitions

import data.lib.evidence
import data.lib.proposal
import data.lib.words

propose contains change if {
	results := evidence.failures(["matching.sync_match_rate", "matching.task_dispatch_latency", "matching.backlog_count", "matching.backlog_age"])
	count(results) > 0
	evidence.per_partition > input.margins.dispatches_per_partition_low
	partitions := ceil(evidence.dispatches / input.margins.dispatches_per_partition_low)
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {
			"matching.numTaskqueueReadPartitions": max([partitions, input.values["matching.numTaskqueueReadPartitions"]]),
			"matching.numTaskqueueWritePartitions": partitions,
		},
		"evidence": array.concat(evidence.told(results), [{
			"metric": "throughput.state_transitions_per_sec", "statistic": "p95", "unit": "st/s",
			"value": evidence.level("throughput.state_transitions_per_sec", "p95"),
			"bound": (input.margins.dispatches_per_partition_low * input.values["matching.numTaskqueueWritePartitions"]) / input.margins.dispatches_per_transition,
			"detail": sprintf("%v dispatches/s for each of %v partitions, and one is sure to serve %v", [
				words.number(evidence.per_partition),
				input.values["matching.numTaskqueueWritePartitions"],
				input.margins.dispatches_per_partition_low,
			]),
		}]),
	})
}
