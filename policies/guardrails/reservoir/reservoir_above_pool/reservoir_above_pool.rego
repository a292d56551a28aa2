# METADATA
# title: A reservoir larger than its pool
# description: >-
#   The reservoir opens its target whether or not the pool can use it: what exceeds the pool
#   is opened, rotated and counted against the cluster for nothing.
# custom:
#   severity: warning
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - persistence.maxConns
#   kinds:
#     dsql.reservoir_enabled: bool
#   remediation: >-
#     leave dsql.reservoir_target_ready to be derived, which makes it the pool's size
package guardrails.reservoir.reservoir_above_pool

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	facts["dsql.reservoir_target_ready"] > facts["persistence.maxConns"]
	message := sprintf("the reservoir keeps %v connections ready for a pool of %v, which never uses %v of them", [
		facts["dsql.reservoir_target_ready"],
		facts["persistence.maxConns"],
		facts["dsql.reservoir_target_ready"] - facts["persistence.maxConns"],
	])
}
