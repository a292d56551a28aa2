# METADATA
# title: Latency targets that cannot both be met
# description: >-
#   A task's schedule-to-start latency is part of its workflow's end-to-end latency. If the target
#   for the first is above the target for the second, one of the two is meaningless, and what is
#   sized from it is wrong.
# custom:
#   severity: warning
#   parameters:
#     - max_schedule_to_start_latency_ms
#     - max_e2e_workflow_latency_ms
#   remedy: >-
#     state a schedule-to-start latency under the end-to-end latency
package guardrails.slo.latency_targets_contradict

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts.max_schedule_to_start_latency_ms > facts.max_e2e_workflow_latency_ms
	message := sprintf("schedule-to-start may take %v ms of an end-to-end latency of %v ms", [
		facts.max_schedule_to_start_latency_ms,
		facts.max_e2e_workflow_latency_ms,
	])
}
