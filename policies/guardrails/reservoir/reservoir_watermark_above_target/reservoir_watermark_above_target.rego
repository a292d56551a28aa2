# METADATA
# title: A low watermark that raises the target
# description: >-
#   The plugin raises a target below the low watermark to the watermark, so the reservoir keeps
#   more connections ready than dsql.reservoir_target_ready says.
# custom:
#   severity: warning
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#   kinds:
#     dsql.reservoir_enabled: bool
#   remedy: >-
#     use the derived value of dsql.reservoir_low_watermark, or set it to
#     dsql.reservoir_target_ready at most
#   source: plugin repository, reservoir_config.go
package guardrails.reservoir.reservoir_watermark_above_target

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	facts["dsql.reservoir_target_ready"] < facts["dsql.reservoir_low_watermark"]
	message := sprintf("a target of %v below a low watermark of %v: the reservoir keeps %v connections ready", [
		facts["dsql.reservoir_target_ready"],
		facts["dsql.reservoir_low_watermark"],
		facts["dsql.reservoir_low_watermark"],
	])
}
