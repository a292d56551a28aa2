# METADATA
# title: More pollers than slots
# description: >-
#   A poller can return a task at any time, and the task needs a slot. Pollers without a slot never
#   poll, and some SDKs refuse to start with them.
# custom:
#   severity: error
#   parameters:
#     - sdk.max_concurrent_workflow_tasks
#     - sdk.max_concurrent_activities
#     - sdk.workflow_task_pollers
#     - sdk.activity_task_pollers
#   remedy: >-
#     lower the pollers, or raise the slots
package guardrails.workers.pollers_exceed_slots

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some pollers, slots in {
		"sdk.workflow_task_pollers": "sdk.max_concurrent_workflow_tasks",
		"sdk.activity_task_pollers": "sdk.max_concurrent_activities",
	}
	facts[pollers] > facts[slots]
	message := sprintf("%s is %v, over the %v of %s", [pollers, facts[pollers], facts[slots], slots])
}
