# METADATA
# title: A reservoir that keeps nothing ready
# description: >-
#   If both the target and the low watermark are zero, the plugin refuses to open its database, and
#   no service starts. It uses persistence.maxConns only if the variable is not set.
# custom:
#   severity: error
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#   kinds:
#     dsql.reservoir_enabled: bool
#   remedy: >-
#     use the derived value of dsql.reservoir_target_ready, or switch the reservoir off
#   source: plugin repository, reservoir_config.go and reservoir_driver.go
package guardrails.reservoir.reservoir_target_zero

import data.lib.connections
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	connections.reservoir(facts) <= 0
	message := sprintf("the reservoir is on with a target of %v and a low watermark of %v: the plugin refuses to start", [
		facts["dsql.reservoir_target_ready"],
		facts["dsql.reservoir_low_watermark"],
	])
}
