# METADATA
# title: A reservoir that keeps nothing ready
# description: >-
#   With the reservoir on, connections come from it. A target of none leaves every caller
#   waiting for the open rate, which is what the reservoir is there to prevent.
# custom:
#   severity: error
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#   kinds:
#     dsql.reservoir_enabled: bool
#   remediation: >-
#     leave dsql.reservoir_target_ready to be derived, or switch the reservoir off
package guardrails.reservoir.reservoir_target_zero

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	facts["dsql.reservoir_target_ready"] <= 0
	message := sprintf("the reservoir is on and its target is %v connections", [facts["dsql.reservoir_target_ready"]])
}
