# METADATA
# title: Blocks without a slot for every connection
# description: >-
#   A pool takes ceil(reservoir / block size) blocks once, at start. Each connection of the pool and
#   the reservoir holds a slot until it is discarded. With too few slots the reservoir runs empty
#   and stays empty, because every connection that the pool takes costs it a slot.
# custom:
#   severity: error
#   parameters:
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - dsql.slot_block_enabled
#     - dsql.slot_block_size
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.slot_block_enabled: bool
#     dsql.slot_block_size: positive number
#   remedy: >-
#     use the derived value of dsql.slot_block_size, which covers one pool and its reservoir
#   source: plugin repository, slot_block_manager.go, March 2026
package guardrails.leases.slot_block_too_small

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	facts["dsql.reservoir_enabled"]
	needed := connections.slots(facts)
	blocks := connections.blocks(facts)
	blocks > 0
	slots := blocks * facts["dsql.slot_block_size"]
	slots < needed
	message := sprintf("an instance takes %s of %s = %v, and needs %v in the pool + %v in the reservoir = %v", [
		words.counted(blocks, "block"),
		words.counted(facts["dsql.slot_block_size"], "slot"),
		slots,
		facts["persistence.maxConns"],
		connections.reservoir(facts),
		needed,
	])
}
