# METADATA
# title: A fixed number of polls
# description: >-
#   From 1.28 on, servers signal to workers when more polls would help and when fewer are enough. A
#   worker with a fixed number ignores the signal. If the number is set in Go or Java, the worker
#   also ignores autoscaling that a namespace switches on for its workers.
# custom:
#   severity: warning
#   parameters:
#     - sdk.poller_mode
#     - sdk.workflow_task_pollers
#     - sdk.activity_task_pollers
#   kinds:
#     sdk.poller_mode: string
#   optional:
#     - frontend.pollerAutoscalingAutoEnroll
#   remedy: >-
#     set sdk.poller_mode to autoscaling, or waive this rule with the reason for a fixed number
package guardrails.workers.pollers_pinned

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

messages contains message if {
	facts["sdk.poller_mode"] == "fixed"
	not optional["frontend.pollerAutoscalingAutoEnroll"]
	message := sprintf("each worker keeps %v workflow task and %v activity task polls open at any load", [
		facts["sdk.workflow_task_pollers"],
		facts["sdk.activity_task_pollers"],
	])
}

messages contains message if {
	facts["sdk.poller_mode"] == "fixed"
	optional["frontend.pollerAutoscalingAutoEnroll"]
	message := sprintf(
		concat("", [
			"frontend.pollerAutoscalingAutoEnroll asks workers to autoscale, and these keep %v workflow task ",
			"and %v activity task polls open at any load",
		]),
		[facts["sdk.workflow_task_pollers"], facts["sdk.activity_task_pollers"]],
	)
}
