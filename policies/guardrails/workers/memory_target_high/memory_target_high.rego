# METADATA
# title: Resource-based slots that fill the memory
# description: >-
#   A worker takes a task before it knows how much memory the task needs. Above the share that the
#   SDKs recommend, one large task can end the process.
# custom:
#   severity: warning
#   parameters:
#     - sdk.slot_supplier
#     - sdk.target_memory_percent
#   kinds:
#     sdk.slot_supplier: string
#   margins:
#     - memory_target_ceiling
#   remedy: >-
#     lower sdk.target_memory_percent
package guardrails.workers.memory_target_high

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["sdk.slot_supplier"] == "resource-based"
	facts["sdk.target_memory_percent"] > facts.margins.memory_target_ceiling
	message := sprintf("workers take tasks until %v %% of the memory is in use, above the %v %% that the SDKs advise", [
		facts["sdk.target_memory_percent"],
		facts.margins.memory_target_ceiling,
	])
}
