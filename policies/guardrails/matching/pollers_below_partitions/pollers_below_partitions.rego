# METADATA
# title: Partitions without a poller
# description: >-
#   A poll lands on one random partition. With few polls per partition, at any moment some partition
#   has none, and its tasks wait or are forwarded.
# custom:
#   severity: warning
#   parameters:
#     - matching.numTaskqueueReadPartitions
#     - sdk.worker_count
#     - sdk.workflow_task_pollers
#     - sdk.activity_task_pollers
#   margins:
#     - poll_cover
#   remedy: >-
#     raise the pollers or the workers, or lower the partitions
package guardrails.matching.pollers_below_partitions

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some kind in ["workflow", "activity"]
	partitions := facts["matching.numTaskqueueReadPartitions"]
	pollers := facts[sprintf("sdk.%s_task_pollers", [kind])]
	polls := facts["sdk.worker_count"] * pollers
	needed := facts.margins.poll_cover * partitions
	polls < needed
	message := sprintf("%s x %v %s task pollers = %v, under the %v that cover %s (%v each)", [
		words.counted(facts["sdk.worker_count"], "worker"),
		pollers,
		kind,
		polls,
		words.number(needed),
		words.counted(partitions, "read partition"),
		facts.margins.poll_cover,
	])
}
