# METADATA
# title: All instances open their first connections together
# description: >-
#   When the pools hold more than the cluster's burst, instances that start in the same
#   second spend it within that second, and those that come last wait for all others.
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
#     - dsql.staggered_startup
#     - dsql.staggered_startup_max_delay
#   kinds:
#     visibility.store: string
#     dsql.reservoir_enabled: bool
#     dsql.staggered_startup: bool
#     dsql.staggered_startup_max_delay: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   remediation: >-
#     leave dsql.staggered_startup on and dsql.staggered_startup_max_delay to be derived, or
#     leave dsql.reservoir_target_ready and persistence.maxConns to be derived
package guardrails.open_rate.startup_unstaggered

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	fill := connections.fill(facts)
	stagger < fill
	message := sprintf("%v connections need %v s to open at %v/s after a burst of %v, but the instances start within %v s", [
		connections.steady(facts),
		words.number(fill),
		facts.limits.connections_per_second,
		facts.limits.connection_burst,
		words.number(stagger),
	])
}

# stagger: seconds over which the instances spread their start
stagger := facts["dsql.staggered_startup_max_delay"] if facts["dsql.staggered_startup"]

stagger := 0 if facts["dsql.staggered_startup"] == false
