# METADATA
# title: A shared limiter without its table
# description: >-
#   The shared budget is kept in a DynamoDB table. Without its name, the plugin logs an error and
#   each instance falls back to its own limiter. Then only dsql.connection_rate_limit keeps the sum
#   within the cluster's open rate.
# custom:
#   severity: error
#   parameters:
#     - dsql.distributed_rate_limiter_enabled
#     - dsql.distributed_rate_limiter_table
#     - dsql.connection_rate_limit
#   kinds:
#     dsql.distributed_rate_limiter_enabled: bool
#     dsql.distributed_rate_limiter_table: string
#   remedy: >-
#     name the table in dsql.distributed_rate_limiter_table, or switch the limiter off
#   source: plugin repository, plugin.go
package guardrails.open_rate.distributed_rate_limiter_table_missing

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.distributed_rate_limiter_enabled"]
	trim_space(facts["dsql.distributed_rate_limiter_table"]) == ""
	template := concat("", [
		"dsql.distributed_rate_limiter_enabled is on and dsql.distributed_rate_limiter_table is empty: each ",
		"instance falls back to its own limit of %v/s",
	])
	message := sprintf(template, [facts["dsql.connection_rate_limit"]])
}
