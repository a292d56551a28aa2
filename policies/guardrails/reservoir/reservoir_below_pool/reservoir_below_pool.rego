# METADATA
# title: A reservoir smaller than its pool
# description: >-
#   A pool that fills beyond the reservoir opens its last connections on demand, at the open
#   rate, under the very load that it needs them for.
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
package guardrails.reservoir.reservoir_below_pool

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	facts["dsql.reservoir_target_ready"] > 0
	facts["dsql.reservoir_target_ready"] < facts["persistence.maxConns"]
	message := sprintf("the reservoir keeps %v connections ready for a pool of %v", [
		facts["dsql.reservoir_target_ready"],
		facts["persistence.maxConns"],
	])
}
