# METADATA
# title: The shared limiter allows more than the cluster does
# description: >-
#   The shared limiter keeps all instances together within the cluster's rate of new connections,
#   which cannot be raised. With a larger budget it has no effect.
# custom:
#   severity: error
#   parameters:
#     - dsql.distributed_rate_limiter_enabled
#     - dsql.distributed_rate_limiter_limit
#   kinds:
#     dsql.distributed_rate_limiter_enabled: bool
#   limits:
#     - connections_per_second
#   remedy: >-
#     use the derived value of dsql.distributed_rate_limiter_limit
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.open_rate.distributed_rate_limit_over_quota

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.distributed_rate_limiter_enabled"]
	facts["dsql.distributed_rate_limiter_limit"] > facts.limits.connections_per_second
	message := sprintf("the shared limiter allows %v connections/s, over the cluster's %v/s", [
		facts["dsql.distributed_rate_limiter_limit"],
		facts.limits.connections_per_second,
	])
}
