# METADATA
# title: Fewer partitions than the load needs
# description: >-
#   A partition is owned by one matching instance, and dispatches a limited number of tasks a
#   second. A busy task queue with too few partitions builds up a backlog, however many workers poll
#   it.
# custom:
#   severity: error
#   parameters:
#     - target_state_transitions_per_sec
#     - matching.numTaskqueueWritePartitions
#   needs:
#     - dispatches_per_sec
#   margins:
#     - dispatches_per_partition
#   remedy: >-
#     raise the read partitions, then the write partitions
package guardrails.matching.partitions_undersized

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	partitions := facts["matching.numTaskqueueWritePartitions"]
	served := partitions * facts.margins.dispatches_per_partition
	facts.needs.dispatches_per_sec > served
	message := sprintf("%s x %v/s = %v dispatches/s, but %v transitions/s need %v if one task queue carries them", [
		words.counted(partitions, "write partition"),
		facts.margins.dispatches_per_partition,
		words.number(served),
		facts.target_state_transitions_per_sec,
		words.number(facts.needs.dispatches_per_sec),
	])
}
