# METADATA
# title: History or matching refuses the load that the SLO states
# description: >-
#   history.rps and matching.rps limit the requests that one instance takes from other services, and
#   namespaceRPS those for one namespace. If a limit is below what the load needs, the frontend
#   retries and clients wait while the cluster is idle.
# custom:
#   severity: error
#   parameters:
#     - target_state_transitions_per_sec
#   optional:
#     - history.rps
#     - matching.rps
#     - history.namespaceRPS
#     - matching.namespaceRPS
#   needs:
#     - history_requests_needed
#     - matching_requests_needed
#   remedy: >-
#     raise the limit, or use the derived one
package guardrails.history.service_rps_starved

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

messages contains message if {
	some key, rps in optional
	needed := facts.needs[sprintf("%s_requests_needed", [split(key, ".")[0]])]
	rps < needed
	message := sprintf("%s is %v/s, but %v transitions/s need %v/s of each instance", [
		key,
		rps,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}
