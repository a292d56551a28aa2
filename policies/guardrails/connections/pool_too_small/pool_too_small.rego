# METADATA
# title: A pool that cannot carry its instance's share of the load
# description: >-
#   By Little's law, the number of connections that a history instance uses is the number of
#   transitions that arrive while one transition holds a connection. The busiest instance has more
#   than its share, and above 80 % in use the wait for a connection rises steeply.
# custom:
#   severity: error
#   parameters:
#     - persistence.maxConns
#     - target_state_transitions_per_sec
#     - history.replicas
#   needs:
#     - pool_needed
#     - connection_ms_per_transition
#   remedy: >-
#     raise persistence.maxConns or history.replicas; if the cluster's connections are used up, free
#     some with a smaller deployment.rolling_surge
package guardrails.connections.pool_too_small

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	pool := connections.in_service(facts, "history")["persistence.maxConns"]
	pool < facts.needs.pool_needed
	template := concat("", [
		"%s, but %v transitions/s of %v connection-ms each over %s of history need %v of each, the busiest one's ",
		"share, with room for bursts",
	])
	message := sprintf(template, [
		words.counted(pool, "connection"),
		facts.target_state_transitions_per_sec,
		words.number(facts.needs.connection_ms_per_transition),
		words.counted(facts["history.replicas"], "instance"),
		facts.needs.pool_needed,
	])
}
