# METADATA
# title: A service cannot call the database often enough
# description: >-
#   persistenceMaxQPS applies to each instance; persistenceGlobalMaxQPS replaces it with a limit for
#   all instances together. A namespace can have its own limits. If a limit is below what the load
#   needs, the service itself refuses requests while the database is idle.
# custom:
#   severity: error
#   parameters:
#     - target_state_transitions_per_sec
#     - history.replicas
#     - matching.replicas
#     - history.shards
#     - history.persistenceMaxQPS
#     - matching.persistenceMaxQPS
#   optional:
#     - history.persistenceGlobalMaxQPS
#     - matching.persistenceGlobalMaxQPS
#     - history.persistenceNamespaceMaxQPS
#     - matching.persistenceNamespaceMaxQPS
#     - history.persistenceGlobalNamespaceMaxQPS
#     - matching.persistenceGlobalNamespaceMaxQPS
#     - history.persistencePerShardNamespaceMaxQPS
#   needs:
#     - history_persistence_needed
#     - matching_persistence_needed
#   remedy: >-
#     raise the limit, or use the derived persistenceMaxQPS of the service and keep the others at
#     0; where the pool is the limit, raise persistence.maxConns or the instances
package guardrails.history.persistence_qps_starved

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

needed := {
	"history": facts.needs.history_persistence_needed,
	"matching": facts.needs.matching_persistence_needed,
}

# of each instance, unless there is one for all of them
messages contains message if {
	some service, number in needed
	not optional[sprintf("%s.persistenceGlobalMaxQPS", [service])]
	key := sprintf("%s.persistenceMaxQPS", [service])
	message := of_one(key, facts[key], number)
}

# of all instances
messages contains message if {
	some service, number in needed
	key := sprintf("%s.persistenceGlobalMaxQPS", [service])
	message := of_all(service, key, number, "persistenceMaxQPS")
}

# of a namespace, on each instance, unless there is one for all of them
messages contains message if {
	some service, number in needed
	not optional[sprintf("%s.persistenceGlobalNamespaceMaxQPS", [service])]
	key := sprintf("%s.persistenceNamespaceMaxQPS", [service])
	message := of_one(key, optional[key], number)
}

# of a namespace, on all instances
messages contains message if {
	some service, number in needed
	key := sprintf("%s.persistenceGlobalNamespaceMaxQPS", [service])
	message := of_all(service, key, number, "persistenceNamespaceMaxQPS")
}

# of a namespace, on each shard
messages contains message if {
	key := "history.persistencePerShardNamespaceMaxQPS"
	shards := facts["history.shards"]
	all_needed := needed.history * facts["history.replicas"]
	optional[key] * shards < all_needed
	message := sprintf("%s is %v/s, %v/s for %s, but %v transitions/s need %v/s", [
		key,
		optional[key],
		optional[key] * shards,
		words.counted(shards, "shard"),
		facts.target_state_transitions_per_sec,
		words.number(all_needed),
	])
}

of_one(key, qps, number) := message if {
	qps < number
	message := sprintf("%s is %v/s, but %v transitions/s need %v/s of each instance", [
		key,
		qps,
		facts.target_state_transitions_per_sec,
		words.number(number),
	])
}

of_all(service, key, number, replaced) := message if {
	all_needed := number * facts[sprintf("%s.replicas", [service])]
	optional[key] < all_needed
	message := sprintf("%s is %v/s for all instances together, which replaces %s, but %v transitions/s need %v/s", [
		key,
		optional[key],
		replaced,
		facts.target_state_transitions_per_sec,
		words.number(all_needed),
	])
}
