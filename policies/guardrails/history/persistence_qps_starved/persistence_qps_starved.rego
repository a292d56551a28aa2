# METADATA
# title: Services may not call the database often enough
# description: >-
#   persistenceMaxQPS holds for each host; persistenceGlobalMaxQPS replaces it by a limit for
#   all hosts together. A namespace can have limits besides. Where all hosts of a service stay
#   below what the load needs, requests are refused by the service itself while the database
#   idles.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - history.replicas
#     - matching.replicas
#     - history.persistenceMaxQPS
#     - matching.persistenceMaxQPS
#   optional:
#     - history.persistenceGlobalMaxQPS
#     - matching.persistenceGlobalMaxQPS
#     - history.persistenceNamespaceMaxQPS
#     - matching.persistenceNamespaceMaxQPS
#     - history.persistenceGlobalNamespaceMaxQPS
#     - matching.persistenceGlobalNamespaceMaxQPS
#   margins:
#     - persistence_per_transition
#   remedy: >-
#     raise the limit, or leave persistenceMaxQPS of the service to be derived and the others
#     at 0
package guardrails.history.persistence_qps_starved

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

needed := facts.target_state_transitions_per_sec * facts.margins.persistence_per_transition

# of each host, unless there is one for all hosts
messages contains message if {
	some service in ["history", "matching"]
	not optional[sprintf("%s.persistenceGlobalMaxQPS", [service])]
	message := per_host(service, service, facts[sprintf("%s.persistenceMaxQPS", [service])])
}

# of all hosts
messages contains message if {
	some service in ["history", "matching"]
	key := sprintf("%s.persistenceGlobalMaxQPS", [service])
	message := of_all_hosts(key, optional[key], "persistenceMaxQPS")
}

# of a namespace, on each host, unless there is one for all hosts
messages contains message if {
	some service in ["history", "matching"]
	not optional[sprintf("%s.persistenceGlobalNamespaceMaxQPS", [service])]
	key := sprintf("%s.persistenceNamespaceMaxQPS", [service])
	message := per_host(key, service, optional[key])
}

# of a namespace, on all hosts
messages contains message if {
	some service in ["history", "matching"]
	key := sprintf("%s.persistenceGlobalNamespaceMaxQPS", [service])
	message := of_all_hosts(key, optional[key], "persistenceNamespaceMaxQPS")
}

per_host(name, service, qps) := message if {
	replicas := facts[sprintf("%s.replicas", [service])]
	replicas * qps < needed
	message := sprintf("%s: %s x %v/s = %v calls/s, but %v transitions/s need %v", [
		name,
		words.counted(replicas, "instance"),
		qps,
		replicas * qps,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}

of_all_hosts(key, qps, replaced) := message if {
	qps < needed
	message := sprintf("%s: %v calls/s for all instances together, which replaces %s, but %v transitions/s need %v", [
		key,
		qps,
		replaced,
		facts.target_state_transitions_per_sec,
		words.number(needed),
	])
}
