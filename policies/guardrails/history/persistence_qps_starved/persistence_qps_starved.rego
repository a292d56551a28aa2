# METADATA
# title: Services may not call the database often enough
# description: >-
#   persistenceMaxQPS holds for each host. Where all hosts of a service together stay below
#   what the load needs, requests are refused by the service itself while the database
#   idles.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - history.replicas
#     - matching.replicas
#     - history.persistenceMaxQPS
#     - matching.persistenceMaxQPS
#   margins:
#     - persistence_per_transition
#   remedy: >-
#     raise persistenceMaxQPS of the service, or leave it to be derived
package guardrails.history.persistence_qps_starved

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some service in ["history", "matching"]
	replicas := facts[sprintf("%s.replicas", [service])]
	qps := facts[sprintf("%s.persistenceMaxQPS", [service])]
	needed := facts.target_state_transitions_per_sec * facts.margins.persistence_per_transition
	replicas * qps < needed
	message := sprintf("%s: %s x %v/s = %v calls/s, but %v transitions/s need %v", [
		service,
		words.counted(replicas, "instance"),
		qps,
		replicas * qps,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}
