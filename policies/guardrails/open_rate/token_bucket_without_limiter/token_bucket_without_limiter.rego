# METADATA
# title: A token bucket that nothing uses
# description: >-
#   The token bucket is one kind of distributed limiter. If the distributed limiter is off, the
#   plugin never uses the bucket.
# custom:
#   severity: warning
#   parameters:
#     - dsql.token_bucket_enabled
#     - dsql.distributed_rate_limiter_enabled
#   kinds:
#     dsql.token_bucket_enabled: bool
#     dsql.distributed_rate_limiter_enabled: bool
#   remedy: >-
#     switch dsql.distributed_rate_limiter_enabled on, or dsql.token_bucket_enabled off
#   source: plugin repository, plugin.go, March 2026
package guardrails.open_rate.token_bucket_without_limiter

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.token_bucket_enabled"]
	facts["dsql.distributed_rate_limiter_enabled"] == false
	message := concat("", [
		"dsql.token_bucket_enabled is on and dsql.distributed_rate_limiter_enabled is off: ",
		"each instance keeps to its own limiter",
	])
}
