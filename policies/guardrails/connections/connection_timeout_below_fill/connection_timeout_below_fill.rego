# METADATA
# title: Callers give up before the pools are filled
# description: >-
#   After a cold start the pools queue for the cluster's open rate. A caller that stops
#   waiting before the queue is through turns a slow start into errors, retries and a slower
#   one.
# custom:
#   severity: warning
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - visibility.store
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.connection_timeout
#   kinds:
#     visibility.store: string
#     dsql.reservoir_enabled: bool
#     dsql.connection_timeout: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   margins:
#     - open_wait_ceiling_seconds
#   remediation: >-
#     leave dsql.connection_timeout to be derived, or raise it
package guardrails.connections.connection_timeout_below_fill

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	fill := connections.fill(facts)
	wait := min([fill, facts.margins.open_wait_ceiling_seconds])
	facts["dsql.connection_timeout"] < wait
	message := sprintf("%v connections need %v s to open at %v/s after a burst of %v, and a caller waits %s; it should wait %v s", [
		connections.steady(facts),
		words.number(fill),
		facts.limits.connections_per_second,
		facts.limits.connection_burst,
		facts.given["dsql.connection_timeout"],
		words.number(wait),
	])
}
