# METADATA
# title: A shared limiter without its table
# description: >-
#   The shared budget lives in a DynamoDB table. Without its name no instance gets a share,
#   so that none of them opens a connection.
# custom:
#   severity: error
#   parameters:
#     - dsql.distributed_rate_limiter_enabled
#     - dsql.token_bucket_enabled
#     - dsql.distributed_rate_limiter_table
#   kinds:
#     dsql.distributed_rate_limiter_enabled: bool
#     dsql.token_bucket_enabled: bool
#     dsql.distributed_rate_limiter_table: string
#   remediation: >-
#     name the table in dsql.distributed_rate_limiter_table, or switch the limiter off
package guardrails.open_rate.distributed_rate_limiter_table_missing

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some switch in ["dsql.distributed_rate_limiter_enabled", "dsql.token_bucket_enabled"]
	facts[switch]
	trim_space(facts["dsql.distributed_rate_limiter_table"]) == ""
	message := sprintf("%s is on and dsql.distributed_rate_limiter_table is empty", [switch])
}
