# METADATA
# title: A start that does not wait for its reservoir
# description: >-
#   A start waits for the low watermark, but no longer than dsql.reservoir_initial_fill_timeout.
#   Then it continues with the connections that it has, and calls that get none fail. The reservoir
#   opens one connection after the other, or as fast as its limiter allows. A shared limiter also
#   serves the pools that every other instance opens meanwhile.
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
#     - dsql.reservoir_initial_fill_timeout
#     - dsql.distributed_rate_limiter_enabled
#     - dsql.distributed_rate_limiter_table
#     - dsql.distributed_rate_limiter_limit
#     - dsql.connection_rate_limit
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.reservoir_initial_fill_timeout: duration
#     dsql.distributed_rate_limiter_enabled: bool
#     dsql.distributed_rate_limiter_table: string
#     dsql.distributed_rate_limiter_limit: positive number
#     dsql.connection_rate_limit: positive number
#   margins:
#     - handshake_ms
#     - startup_pool_connections
#     - startup_pools
#   remedy: >-
#     use the derived value of dsql.reservoir_initial_fill_timeout or raise it, or lower
#     dsql.reservoir_low_watermark
#   source: plugin repository, plugin.go and reservoir_refiller.go
package guardrails.reservoir.initial_fill_timeout_below_fill

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	awaited := facts["dsql.reservoir_low_watermark"]
	fill := connections.fill_seconds(facts, awaited)
	facts["dsql.reservoir_initial_fill_timeout"] < fill
	message := sprintf("a start waits %s for %v connections, which take %v s when %s start together", [
		facts.given["dsql.reservoir_initial_fill_timeout"],
		awaited,
		words.number(fill),
		words.counted(connections.instances(facts), "instance"),
	])
}
