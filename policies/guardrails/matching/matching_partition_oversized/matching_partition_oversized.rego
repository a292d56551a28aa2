# METADATA
# title: More partitions than the load can fill
# description: >-
#   Tasks and polls are spread over the partitions at random. In partitions with few of either, they
#   miss each other, so tasks are forwarded to the root partition or written to the database instead
#   of being matched at once. The server's default count is never too many. Above it, the rule
#   computes the most partitions that the load can need, from the lower figure for what one
#   partition dispatches.
# custom:
#   severity: warning
#   parameters:
#     - matching.numTaskqueueReadPartitions
#   needs:
#     - dispatches_per_sec
#   margins:
#     - default_partitions
#     - dispatches_per_partition_low
#     - oversized_partitions
#   remedy: >-
#     lower the write partitions, then the read partitions once those are drained
package guardrails.matching.matching_partition_oversized

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	partitions := facts["matching.numTaskqueueReadPartitions"]
	dispatches := facts.needs.dispatches_per_sec
	needed := ceil(dispatches / facts.margins.dispatches_per_partition_low)
	most := facts.margins.oversized_partitions * max([needed, facts.margins.default_partitions])
	partitions > most
	template := concat("", [
		"%s for %v dispatches/s, over %v: %v times the larger of the %v that they need at %v/s each and the ",
		"server's default of %v",
	])
	message := sprintf(template, [
		words.counted(partitions, "read partition"),
		words.number(dispatches),
		words.number(most),
		facts.margins.oversized_partitions,
		needed,
		facts.margins.dispatches_per_partition_low,
		facts.margins.default_partitions,
	])
}
