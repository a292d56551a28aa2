# METADATA
# title: The frontend refuses the load that the SLO states
# description: >-
#   frontend.rps and frontend.namespaceRPS hold for each host. Where all hosts together stay
#   below what the load needs, clients and workers are refused while the cluster idles.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - frontend.replicas
#     - frontend.rps
#     - frontend.namespaceRPS
#   margins:
#     - requests_per_transition
#   remedy: >-
#     raise the limit, or leave it to be derived
package guardrails.frontend.frontend_rps_starved

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some key in ["frontend.rps", "frontend.namespaceRPS"]
	allowed := facts["frontend.replicas"] * facts[key]
	needed := facts.target_state_transitions_per_sec * facts.margins.requests_per_transition
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
