# METADATA
# title: More connections leased out than the cluster has
# description: >-
#   Leases keep the sum of all instances under the cluster's limit only if all blocks together
#   fit in it. The plugin itself checks no limit besides the number of blocks.
# custom:
#   severity: error
#   parameters:
#     - dsql.slot_block_enabled
#     - dsql.slot_block_size
#     - dsql.slot_block_count
#   kinds:
#     dsql.slot_block_enabled: bool
#   limits:
#     - connections_per_cluster
#   remedy: >-
#     use the derived value of dsql.slot_block_count, or lower it
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.leases.slot_blocks_over_connection_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	leased := facts["dsql.slot_block_size"] * facts["dsql.slot_block_count"]
	leased > facts.limits.connections_per_cluster
	message := sprintf("%s of %s = %v, over the cluster's %v connections", [
		words.counted(facts["dsql.slot_block_count"], "block"),
		words.counted(facts["dsql.slot_block_size"], "connection"),
		leased,
		facts.limits.connections_per_cluster,
	])
}
