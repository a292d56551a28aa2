# METADATA
# title: Latency targets that cannot both be met
# description: >-
#   A task's schedule-to-start latency is part of its workflow's end-to-end latency: a first
#   that is allowed more than the second makes one of the targets empty, and what is sized
#   from it wrong.
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
