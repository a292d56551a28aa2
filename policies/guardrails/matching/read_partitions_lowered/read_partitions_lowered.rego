# METADATA
# title: Read partitions lowered
# description: >-
#   Tasks that wait in the highest partitions are read only while those are read partitions.
#   A profile does not show whether any tasks are left.
# custom:
#   severity: warning
#   parameters:
#     - matching.numTaskqueueReadPartitions
#   remedy: >-
#     check that the backlog of these partitions is empty (temporal task-queue describe), then waive
#     this finding until the day of the change
#   source: Temporal server, matching.numTaskqueueReadPartitions
package guardrails.matching.read_partitions_lowered

import data.lib.deployed
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

read_from := "matching.numTaskqueueReadPartitions"

messages contains message if some message in deployed.problems(facts, [read_from])

messages contains message if {
	running := deployed.values(facts, [read_from])[read_from]
	read := facts[read_from]
	read < running
	message := sprintf("the cluster reads %s and the profile %v: the backlog of the highest %v must be drained first", [
		words.counted(running, "partition"),
		read,
		running - read,
	])
}
