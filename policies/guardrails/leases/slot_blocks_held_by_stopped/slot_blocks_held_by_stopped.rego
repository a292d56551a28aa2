# METADATA
# title: Stopped instances hold the blocks that new ones need
# description: >-
#   No instance releases its block when it stops: the block is free again once the lease ends. A
#   rolling update that replaces all instances within that time needs a block for every old and
#   every new one, whatever the surge.
# custom:
#   severity: warning
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - deployment.rolling_surge
#     - dsql.slot_block_enabled
#     - dsql.slot_block_size
#     - dsql.slot_block_count
#     - dsql.slot_block_ttl
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.slot_block_enabled: bool
#     dsql.slot_block_size: positive number
#     dsql.slot_block_ttl: duration
#   remedy: >-
#     lower persistence.maxConns and dsql.reservoir_target_ready, which gives more blocks; or
#     shorten dsql.slot_block_ttl and update more slowly
#   source: plugin repository, plugin.go and slot_block_manager.go, March 2026
package guardrails.leases.slot_blocks_held_by_stopped

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	facts["dsql.reservoir_enabled"]
	connections.blocks_during_update(facts) <= facts["dsql.slot_block_count"]
	blocks := connections.blocks_of_all(facts)
	2 * blocks > facts["dsql.slot_block_count"]
	message := sprintf("an update of %s within %s needs 2 x %v blocks, over the %v available", [
		words.counted(connections.instances(facts), "instance"),
		facts.given["dsql.slot_block_ttl"],
		blocks,
		facts["dsql.slot_block_count"],
	])
}
