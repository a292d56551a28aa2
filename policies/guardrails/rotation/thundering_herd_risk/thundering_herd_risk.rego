# METADATA
# title: Connections are replaced faster than the cluster opens them
# description: >-
#   Connections that were opened together and wait in a reservoir expire together, unless their
#   lifetimes are jittered. Replacing them in too short a time exhausts the open rate, and an
#   instance that restarts at that moment gets no connection. Without a reservoir, only the warm-up
#   spreads the lifetimes.
# custom:
#   severity: error
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - dsql.reservoir_lifetime_jitter
#     - dsql.pool_warmup_stagger_duration
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.reservoir_lifetime_jitter: duration
#     dsql.pool_warmup_stagger_duration: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   margins:
#     - refill_share
#   remedy: >-
#     use the derived value of dsql.reservoir_lifetime_jitter or widen it, or use the derived
#     values of dsql.reservoir_target_ready and persistence.maxConns; without a reservoir, raise
#     dsql.pool_warmup_stagger_duration, or lower persistence.maxConns or the replicas
#   source: plugin repository, reservoir_refiller.go and pool_warmup.go
package guardrails.rotation.thundering_herd_risk

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

rate := facts.margins.refill_share * facts.limits.connections_per_second

messages contains message if {
	waiting := connections.waiting(facts)
	waiting > rate * facts["dsql.reservoir_lifetime_jitter"]
	template := concat("", [
		"%v waiting connections end within a jitter of %s, but replacing them takes %v s at %v/s (%v of the ",
		"cluster's open rate of %v/s)",
	])
	message := sprintf(template, [
		waiting,
		facts.given["dsql.reservoir_lifetime_jitter"],
		words.number(waiting / rate),
		words.number(rate),
		facts.margins.refill_share,
		facts.limits.connections_per_second,
	])
}

messages contains message if {
	facts["dsql.reservoir_enabled"] == false
	steady := connections.steady(facts)
	room := facts.limits.connection_burst + (rate * facts["dsql.pool_warmup_stagger_duration"])
	steady > room
	template := concat("", [
		"without a reservoir, %v connections end within the %s of their warm-up, where a burst of %v and ",
		"%v/s open %v",
	])
	message := sprintf(template, [
		steady,
		facts.given["dsql.pool_warmup_stagger_duration"],
		facts.limits.connection_burst,
		words.number(rate),
		words.number(room),
	])
}
