# METADATA
# title: The token bucket hands out more than the cluster accepts
# description: >-
#   DSQL limits new connections with its own token bucket. A shared bucket that fills faster, or
#   holds more, hands out tokens for connections that the cluster refuses.
# custom:
#   severity: error
#   parameters:
#     - dsql.token_bucket_enabled
#     - dsql.token_bucket_rate
#     - dsql.token_bucket_capacity
#   kinds:
#     dsql.token_bucket_enabled: bool
#   limits:
#     - connection_burst
#     - connections_per_second
#   remedy: >-
#     use the derived values of dsql.token_bucket_rate and dsql.token_bucket_capacity
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.open_rate.token_bucket_over_quota

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.token_bucket_enabled"]
	some key, limit in {
		"dsql.token_bucket_rate": "connections_per_second",
		"dsql.token_bucket_capacity": "connection_burst",
	}
	facts[key] > facts.limits[limit]
	message := sprintf("%s is %v, over the cluster's %v", [key, facts[key], facts.limits[limit]])
}
