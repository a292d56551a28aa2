# METADATA
# title: More slots than the worker's memory holds
# description: >-
#   A worker with all activity slots in use needs the memory of one activity for each slot. A
#   process that runs out of memory is killed, and every task in it waits for its timeout. The rule
#   applies only if both memory sizes are stated.
# custom:
#   severity: error
#   parameters:
#     - sdk.slot_supplier
#     - sdk.max_concurrent_activities
#     - sdk.worker_memory_mib
#     - sdk.activity_memory_mib
#   kinds:
#     sdk.slot_supplier: string
#   remedy: >-
#     lower sdk.max_concurrent_activities and run more workers, give each worker more memory, or
#     set sdk.slot_supplier to resource-based
package guardrails.workers.slots_over_memory

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["sdk.slot_supplier"] == "fixed"
	facts["sdk.worker_memory_mib"] > 0
	taken := facts["sdk.max_concurrent_activities"] * facts["sdk.activity_memory_mib"]
	taken > facts["sdk.worker_memory_mib"]
	message := sprintf("%v activity slots x %v MiB = %v MiB, over the %v MiB of a worker", [
		facts["sdk.max_concurrent_activities"],
		facts["sdk.activity_memory_mib"],
		taken,
		facts["sdk.worker_memory_mib"],
	])
}
