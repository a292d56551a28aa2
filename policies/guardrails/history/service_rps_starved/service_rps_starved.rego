# METADATA
# title: History or matching refuses the load that the SLO states
# description: >-
#   history.rps and matching.rps bound the requests that one host takes from other services, and
#   namespaceRPS those for one namespace. Where all hosts of a service stay below what the load
#   needs, the frontend retries and clients wait while the cluster idles.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - history.replicas
#     - matching.replicas
#   optional:
#     - history.rps
#     - matching.rps
#     - history.namespaceRPS
#     - matching.namespaceRPS
#   margins:
#     - service_requests_per_transition
#   remedy: >-
#     raise the limit, or leave it at the server's default
package guardrails.history.service_rps_starved

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

messages contains message if {
	some key, rps in optional
	service := split(key, ".")[0]
	replicas := facts[sprintf("%s.replicas", [service])]
	needed := facts.target_state_transitions_per_sec * facts.margins.service_requests_per_transition
	replicas * rps < needed
	message := sprintf("%s: %s x %v/s = %v requests/s, but %v transitions/s need %v", [
		key,
		words.counted(replicas, "instance"),
		rps,
		replicas * rps,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}
