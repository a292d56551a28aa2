# METADATA
# title: The frontend refuses the load that the SLO states
# description: >-
#   The request limits apply to each instance. frontend.globalRPS and frontend.globalNamespaceRPS
#   replace two of them with limits for all instances together. If a limit is below what the load
#   needs, clients and workers are refused while the cluster is idle.
# custom:
#   severity: error
#   parameters:
#     - target_state_transitions_per_sec
#     - frontend.replicas
#     - frontend.rps
#     - frontend.namespaceRPS
#   optional:
#     - frontend.globalRPS
#     - frontend.globalNamespaceRPS
#   needs:
#     - frontend_requests_needed
#   remedy: >-
#     raise the limit, or use the derived limits of each instance and keep the global ones at 0
package guardrails.frontend.frontend_rps_starved

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

needed := {
	"frontend.rps": facts.needs.frontend_requests_needed,
	"frontend.namespaceRPS": facts.needs.frontend_requests_needed,
}

# replaced_by: the limit for all instances that replaces the one of each
replaced_by := {"frontend.rps": "frontend.globalRPS", "frontend.namespaceRPS": "frontend.globalNamespaceRPS"}

messages contains message if {
	some key, number in needed
	not optional[replaced_by[key]]
	facts[key] < number
	message := sprintf("%s is %v/s, but %v transitions/s need %v/s of each instance", [
		key,
		facts[key],
		facts.target_state_transitions_per_sec,
		words.number(number),
	])
}

messages contains message if {
	some key, global_key in replaced_by
	number := needed[key] * facts["frontend.replicas"]
	optional[global_key] < number
	message := sprintf("%s is %v/s for all instances together, which replaces %s, but %v transitions/s need %v/s", [
		global_key,
		optional[global_key],
		key,
		facts.target_state_transitions_per_sec,
		words.number(number),
	])
}
