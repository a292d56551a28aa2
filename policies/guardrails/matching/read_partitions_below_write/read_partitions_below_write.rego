# METADATA
# title: Partitions that are written but never read
# description: >-
#   A task that is added to a partition without a reader stays there: its workflow hangs
#   until a timeout, without an error.
# custom:
#   severity: error
#   parameters:
#     - matching.numTaskqueueReadPartitions
#     - matching.numTaskqueueWritePartitions
#   remedy: >-
#     set at least as many read partitions; to lower the count, lower the write partitions
#     first and the read partitions once those are drained
#   source: Temporal server, matching.numTaskqueueReadPartitions
package guardrails.matching.read_partitions_below_write

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	read := facts["matching.numTaskqueueReadPartitions"]
	write := facts["matching.numTaskqueueWritePartitions"]
	read < write
	message := sprintf("%s and %s: tasks in %v of them are never read", [
		noted(words.counted(write, "write partition"), "matching.numTaskqueueWritePartitions"),
		noted(words.counted(read, "read partition"), "matching.numTaskqueueReadPartitions"),
		write - read,
	])
}

# noted adds to a count that no file sets it
noted(count_text, key) := sprintf("%s (the server's default)", [count_text]) if {
	rule.defaulted[key]
} else := count_text
