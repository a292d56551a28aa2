# METADATA
# title: The frontend refuses the load that the SLO states
# description: >-
#   frontend.rps and frontend.namespaceRPS hold for each host. frontend.globalRPS and
#   frontend.globalNamespaceRPS replace them by limits for all hosts together. Where all hosts
#   together stay below what the load needs, clients and workers are refused while the cluster
#   idles.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - frontend.replicas
#     - frontend.rps
#     - frontend.namespaceRPS
#   optional:
#     - frontend.globalRPS
#     - frontend.globalNamespaceRPS
#   margins:
#     - requests_per_transition
#   remedy: >-
#     raise the limit, or leave frontend.rps and frontend.namespaceRPS to be derived and the
#     global limits at 0
package guardrails.frontend.frontend_rps_starved

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

needed := facts.target_state_transitions_per_sec * facts.margins.requests_per_transition

# replaces: the limit of each host that a limit for all hosts replaces
replaces := {"frontend.globalRPS": "frontend.rps", "frontend.globalNamespaceRPS": "frontend.namespaceRPS"}

messages contains message if {
	some global_key, key in replaces
	not optional[global_key]
	allowed := facts["frontend.replicas"] * facts[key]
	allowed < needed
	message := sprintf("%s: %s x %v/s = %v requests/s, but %v transitions/s need %v", [
		key,
		words.counted(facts["frontend.replicas"], "instance"),
		facts[key],
		allowed,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}

messages contains message if {
	some global_key, key in replaces
	optional[global_key] < needed
	message := sprintf("%s: %v requests/s for all instances together, which replaces %s, but %v transitions/s need %v", [
		global_key,
		optional[global_key],
		key,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}
