# METADATA
# title: A block smaller than one instance
# description: >-
#   An instance whose pools exceed one block takes its last connections only after a further
#   lease, and keeps the unused rest of it from the others.
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
#     - dsql.slot_block_enabled
#     - dsql.slot_block_size
#   kinds:
#     visibility.store: string
#     dsql.reservoir_enabled: bool
#     dsql.slot_block_enabled: bool
#   remediation: >-
#     leave dsql.slot_block_size to be derived, which makes it what one instance needs
package guardrails.leases.slot_block_too_small

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	needed := connections.per_instance(facts)
	facts["dsql.slot_block_size"] < needed
	message := sprintf("a block holds %v connections, and an instance needs %s x %v = %v", [
		facts["dsql.slot_block_size"],
		words.counted(connections.pools(facts), "pool"),
		connections.per_pool(facts),
		needed,
	])
}
