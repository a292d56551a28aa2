# METADATA
# title: Too few blocks for a rolling update
# description: >-
#   An instance that gets no block does not start: its reservoir stays empty. During a rolling
#   update, old and new instances hold blocks at the same time. The new ones would wait for the
#   blocks of the old ones, which wait for the new ones to become healthy.
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
#     - deployment.rolling_surge
#     - dsql.slot_block_enabled
#     - dsql.slot_block_size
#     - dsql.slot_block_count
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.slot_block_enabled: bool
#     dsql.slot_block_size: positive number
#   remedy: >-
#     use the derived values of dsql.slot_block_size and dsql.slot_block_count, or narrow the
#     surge
#   source: plugin repository, slot_block_manager.go, March 2026
package guardrails.leases.slot_blocks_exhausted

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	facts["dsql.reservoir_enabled"]
	blocks := connections.blocks_during_update(facts)
	blocks > facts["dsql.slot_block_count"]
	message := sprintf("%s during a rolling update take %s of %s, over the %v available", [
		words.counted(connections.peak_instances(facts), "instance"),
		words.counted(blocks, "block"),
		words.counted(facts["dsql.slot_block_size"], "slot"),
		facts["dsql.slot_block_count"],
	])
}
