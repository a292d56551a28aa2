# METADATA
# title: Connections are replaced faster than the cluster opens them
# description: >-
#   Connections that were opened together end together unless their lives are jittered.
#   Replacing them in too short a window exhausts the open rate, and whatever restarts at
#   that moment finds no connection at all.
# custom:
#   severity: error
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - visibility.store
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_lifetime_jitter
#   kinds:
#     visibility.store: string
#     dsql.reservoir_enabled: bool
#     dsql.reservoir_lifetime_jitter: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   margins:
#     - refill_share
#   remediation: >-
#     leave dsql.reservoir_lifetime_jitter to be derived or widen it, or leave
#     dsql.reservoir_target_ready and persistence.maxConns to be derived; without a
#     reservoir, lower persistence.maxConns or the replicas
package guardrails.rotation.thundering_herd_risk

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	steady := connections.steady(facts)
	rate := facts.margins.refill_share * facts.limits.connections_per_second
	steady > rate * facts["dsql.reservoir_lifetime_jitter"]
	message := sprintf("%v connections end within a jitter of %s, but replacing them takes %v s at %v/s (%v of the cluster's open rate of %v/s)", [
		steady,
		facts.given["dsql.reservoir_lifetime_jitter"],
		words.number(steady / rate),
		words.number(rate),
		facts.margins.refill_share,
		facts.limits.connections_per_second,
	])
}

messages contains message if {
	facts["dsql.reservoir_enabled"] == false
	steady := connections.steady(facts)
	steady > facts.limits.connection_burst
	message := sprintf("without a reservoir, nothing keeps all %v connections from ending at the same time, over the %v that the cluster opens at once", [
		steady,
		facts.limits.connection_burst,
	])
}
