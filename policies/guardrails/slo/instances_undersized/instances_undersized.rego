# METADATA
# title: Fewer instances than the load needs
# description: >-
#   Field tests have shown how much load one instance of history, matching and frontend, and one
#   worker process, can carry. With fewer of them, CPU or connections run out before the load is
#   reached.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - sdk.worker_count
#   needs:
#     - history_replicas_needed
#     - matching_replicas_needed
#     - frontend_replicas_needed
#     - workers_needed
#   remedy: >-
#     run as many instances as the message says, or let the preset and the load set the count
package guardrails.slo.instances_undersized

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

needed := {
	"history.replicas": facts.needs.history_replicas_needed,
	"matching.replicas": facts.needs.matching_replicas_needed,
	"frontend.replicas": facts.needs.frontend_replicas_needed,
	"sdk.worker_count": facts.needs.workers_needed,
}

messages contains message if {
	some key, number in needed
	facts[key] < number
	message := sprintf("%s is %v, but %v transitions/s need %v", [
		key,
		facts[key],
		facts.target_state_transitions_per_sec,
		number,
	])
}
