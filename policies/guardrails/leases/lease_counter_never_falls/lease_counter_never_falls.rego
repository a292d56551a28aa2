# METADATA
# title: Leases of the first plugin generation run out
# description: >-
#   The first plugin generation counts leases in one DynamoDB item. The count falls only when a
#   connection is closed properly. A process that ends leaves the leases of its waiting connections
#   in the count. Once the count reaches the limit, no instance can open a connection, and nothing
#   lowers the count again.
# custom:
#   severity: error
#   parameters:
#     - dsql.slot_block_enabled
#     - dsql.distributed_conn_limit
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#   kinds:
#     dsql.slot_block_enabled: bool
#     dsql.reservoir_enabled: bool
#   margins:
#     - startup_pools
#   remedy: >-
#     use the derived value of dsql.slot_block_enabled, or run the second plugin generation
#   source: plugin repository, distributed_conn_lease.go, January 2026
package guardrails.leases.lease_counter_never_falls

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	input.dsql_plugin_version == "1"
	facts["dsql.slot_block_enabled"]
	left := (1 + facts.margins.startup_pools) * connections.reservoir(facts)
	left > 0
	message := sprintf("each process that ends leaves %v leases in the count: %s use up all %v", [
		left,
		words.counted(ceil(facts["dsql.distributed_conn_limit"] / left), "restart"),
		facts["dsql.distributed_conn_limit"],
	])
}
