# METADATA
# title: History or matching has no room for the busiest minute
# description: >-
#   history.rps and matching.rps limit the requests that one instance takes from other services.
#   The load that the SLO states is a mean. A limit just above it refuses requests at peak times,
#   and when an instance is away and the others take its share.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#   optional:
#     - history.rps
#     - matching.rps
#   needs:
#     - history_requests_needed
#     - matching_requests_needed
#   margins:
#     - request_headroom
#   remedy: >-
#     raise the limit, or use the derived one
package guardrails.history.service_rps_headroom

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

messages contains message if {
	some key, rps in optional
	needed := facts.needs[sprintf("%s_requests_needed", [split(key, ".")[0]])]
	rps >= needed # below it, service_rps_starved fires
	rps < needed * facts.margins.request_headroom
	message := sprintf("%s is %v/s, under %v times the %v/s that %v transitions/s need of each instance on average", [
		key,
		rps,
		facts.margins.request_headroom,
		words.number(needed),
		facts.target_state_transitions_per_sec,
	])
}
