# METADATA
# title: A reservoir larger than its pool
# description: >-
#   The reservoir is in addition to the pool, and replaces at most the whole pool at once.
#   Connections beyond the size of the pool are opened, rotated and counted against the cluster's
#   limit for nothing.
# custom:
#   severity: warning
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - persistence.maxConns
#   kinds:
#     dsql.reservoir_enabled: bool
#   remedy: >-
#     use the derived values of dsql.reservoir_target_ready and dsql.reservoir_low_watermark,
#     which are the pool's size
#   source: plugin repository, reservoir_config.go
package guardrails.reservoir.reservoir_above_pool

import data.lib.connections
import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	ready := connections.reservoir(facts)
	ready > facts["persistence.maxConns"]
	message := sprintf("the reservoir keeps %v connections ready for a pool of %v, which never takes %v of them", [
		ready,
		facts["persistence.maxConns"],
		ready - facts["persistence.maxConns"],
	])
}
