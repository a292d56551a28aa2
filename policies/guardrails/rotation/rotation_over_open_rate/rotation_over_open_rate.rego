# METADATA
# title: Rotation uses up the open rate
# description: >-
#   On average, a waiting connection is replaced after its base lifetime plus half of the jitter,
#   minus the guard window. If lifetimes are too short, rotation permanently uses up the open rate,
#   and leaves nothing for restarts.
# custom:
#   severity: error
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - dsql.reservoir_base_lifetime
#     - dsql.reservoir_lifetime_jitter
#     - dsql.reservoir_guard_window
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.reservoir_base_lifetime: duration
#     dsql.reservoir_lifetime_jitter: duration
#     dsql.reservoir_guard_window: duration
#   limits:
#     - connections_per_second
#   margins:
#     - refill_share
#   remedy: >-
#     raise dsql.reservoir_base_lifetime, or use its derived value and that of
#     dsql.reservoir_target_ready
#   source: plugin repository, reservoir.go and reservoir_refiller.go
package guardrails.rotation.rotation_over_open_rate

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

# life: the mean life of a waiting connection
life := (facts["dsql.reservoir_base_lifetime"] + mean_jitter) - facts["dsql.reservoir_guard_window"]

mean_jitter := facts["dsql.reservoir_lifetime_jitter"] / 2

messages contains message if {
	life > 0
	waiting := connections.waiting(facts)
	rate := facts.margins.refill_share * facts.limits.connections_per_second
	waiting > rate * life
	template := concat("", [
		"%v waiting connections live %v s on average, so %v are replaced each second, over the %v/s that ",
		"rotation may use (%v of the cluster's open rate of %v/s)",
	])
	message := sprintf(template, [
		waiting,
		words.number(life),
		words.number(waiting / life),
		words.number(rate),
		facts.margins.refill_share,
		facts.limits.connections_per_second,
	])
}
