# METADATA
# title: Read partitions lowered together with the write partitions
# description: >-
#   Tasks wait in the partitions that the cluster writes to today. If the write partitions are
#   lowered first, the highest partitions get no new tasks, and the waiting ones are still read. If
#   the read partitions are lowered in the same step, the waiting tasks are left behind. (Both can
#   be raised in one step, because no task waits in a new partition yet.)
# custom:
#   severity: error
#   parameters:
#     - matching.numTaskqueueReadPartitions
#     - matching.numTaskqueueWritePartitions
#   remedy: >-
#     lower the write partitions first and keep the read partitions; lower the read partitions in a
#     second step, once the backlog of the removed write partitions is drained
#   source: Temporal server, matching.numTaskqueueReadPartitions
package guardrails.matching.partitions_lowered_at_once

import data.lib.deployed
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

written_to := "matching.numTaskqueueWritePartitions"

messages contains message if some message in deployed.problems(facts, [written_to])

messages contains message if {
	running := deployed.values(facts, [written_to])[written_to]
	read := facts["matching.numTaskqueueReadPartitions"]
	read < running
	message := sprintf("the cluster writes to %s and the profile has %s: what waits in %v of them is never read", [
		words.counted(running, "partition"),
		words.counted(read, "read partition"),
		running - read,
	])
}
