# METADATA
# title: Fewer slots than tasks in flight
# description: >-
#   By Little's law, tasks in flight are their rate times the time that each takes; bursts
#   come on top. With fewer slots tasks wait in the queue, and schedule-to-start latency
#   grows without bound.
# custom:
#   severity: warning
#   parameters:
#     - sdk.max_concurrent_workflow_tasks
#     - sdk.max_concurrent_activities
#     - target_state_transitions_per_sec
#     - max_e2e_workflow_latency_ms
#     - sdk.worker_count
#   margins:
#     - dispatches_per_transition
#     - slot_headroom
#   remedy: >-
#     raise the slots or the workers, or leave the slots to be derived
package guardrails.workers.slots_undersized

import data.lib.rule
import data.lib.words
import data.lib.workload

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some slots in ["sdk.max_concurrent_workflow_tasks", "sdk.max_concurrent_activities"]
	dispatches := workload.dispatches(facts)
	seconds := facts.max_e2e_workflow_latency_ms / 1000
	needed := (dispatches * seconds) * facts.margins.slot_headroom
	facts["sdk.worker_count"] * facts[slots] < needed
	message := sprintf("%s x %v of %s = %v, but %v dispatches/s of up to %v s each need %v (with %v for bursts)", [
		words.counted(facts["sdk.worker_count"], "worker"),
		facts[slots],
		slots,
		facts["sdk.worker_count"] * facts[slots],
		words.number(dispatches),
		words.number(seconds),
		words.number(needed),
		facts.margins.slot_headroom,
	])
}
