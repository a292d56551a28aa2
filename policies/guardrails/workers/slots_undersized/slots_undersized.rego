# METADATA
# title: Fewer slots than tasks in flight
# description: >-
#   By Little's law, the number of tasks in flight is their rate times the time that each holds its
#   slot. Random variation, bursts and the schedule-to-start target add to that. With fewer slots,
#   tasks wait in the queue, and schedule-to-start latency grows.
# custom:
#   severity: error
#   parameters:
#     - sdk.max_concurrent_workflow_tasks
#     - sdk.max_concurrent_activities
#     - target_state_transitions_per_sec
#   needs:
#     - workflow_slots_needed
#     - activity_slots_needed
#   remedy: >-
#     raise the slots or the workers, or use the derived slots
package guardrails.workers.slots_undersized

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

needed := {
	"sdk.max_concurrent_workflow_tasks": facts.needs.workflow_slots_needed,
	"sdk.max_concurrent_activities": facts.needs.activity_slots_needed,
}

messages contains message if {
	some slots, number in needed
	facts[slots] < number
	message := sprintf("%s is %v, but %v transitions/s need %v in each worker", [
		slots,
		facts[slots],
		facts.target_state_transitions_per_sec,
		number,
	])
}
