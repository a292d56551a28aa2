# METADATA
# title: A history instance has no room to take over its shards
# description: >-
#   history.persistenceMaxQPS has to carry the load and, after a start or a lost instance, the reads
#   and leases of every shard. Refused reads of a queue are repeated, which takes up more of the
#   limit, so a cluster that has once reached it stays there although the load alone needs less.
#   Measured on Temporal 1.30 with 256 shards an instance and 30 transitions a second, where an
#   instance makes 56 to 59 calls a second if nothing limits it: a workflow takes 1.1 s with a limit
#   of 171, 5 s with 102, and none ends with 68. Limits of namespaces do not count here: the server
#   applies them in addition, and not to the calls with which it takes over shards.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#     - history.replicas
#     - history.persistenceMaxQPS
#   optional:
#     - history.persistenceGlobalMaxQPS
#   needs:
#     - history_persistence_needed
#     - shard_start_requests
#   remedy: >-
#     raise persistence.maxConns, whose connections serve the calls, or history.replicas, and use the
#     derived limit
package guardrails.history.persistence_qps_headroom

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

# what one instance may call, and the limit that says so
limit := {"key": key, "each": each, "text": text} if {
	key := "history.persistenceGlobalMaxQPS"
	each := optional[key] / facts["history.replicas"]
	text := sprintf("%v/s for all instances together, %v/s for each", [optional[key], words.number(each)])
} else := {"key": key, "each": facts[key], "text": sprintf("%v/s", [facts[key]])} if {
	key := "history.persistenceMaxQPS"
}

messages contains message if {
	of_load := facts.needs.history_persistence_needed
	limit.each >= of_load # below it, persistence_qps_starved fires
	of_shards := facts.needs.shard_start_requests
	limit.each < of_load + of_shards
	message := sprintf("%s is %s, but an instance that takes over its shards needs %v/s: %v/s for that and %s", [
		limit.key,
		limit.text,
		words.number(of_load + of_shards),
		words.number(of_shards),
		sprintf("%v/s for %v transitions/s", [words.number(of_load), facts.target_state_transitions_per_sec]),
	])
}
