# METADATA
# title: All instances open their connections together
# description: >-
#   If all instances together open more connections than the cluster's burst, those that start in
#   the same second spend it, and the last ones wait for all others. Each opens its short-lived
#   pools, its reservoir and, as soon as it serves, its pool.
# custom:
#   severity: warning
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - dsql.staggered_startup
#     - dsql.staggered_startup_max_delay
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.staggered_startup: bool
#     dsql.staggered_startup_max_delay: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   margins:
#     - startup_pool_connections
#     - startup_pools
#   remedy: >-
#     keep dsql.staggered_startup on and use the derived value of dsql.staggered_startup_max_delay,
#     or use the derived values of dsql.reservoir_target_ready and persistence.maxConns
package guardrails.open_rate.startup_unstaggered

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	queue := connections.queue_seconds(facts)
	stagger < queue
	template := concat("", [
		"%s open %v connections, which takes %v s at %v/s after a burst of %v, but they start within %v ",
		"s",
	])
	message := sprintf(template, [
		words.counted(connections.instances(facts), "instance"),
		words.number(connections.steady(facts)),
		words.number(queue),
		facts.limits.connections_per_second,
		facts.limits.connection_burst,
		words.number(stagger),
	])
}

# stagger: seconds over which the instances spread their start
stagger := facts["dsql.staggered_startup_max_delay"] if facts["dsql.staggered_startup"]

stagger := 0 if facts["dsql.staggered_startup"] == false
