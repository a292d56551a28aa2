# METADATA
# title: A payload too large for its column
# description: >-
#   A payload that the frontend accepts is written to one column value. If it does not fit, the
#   workflow fails at the database, after it was accepted.
# custom:
#   severity: error
#   parameters:
#     - limit.blobSize.error
#     - limit.memoSize.error
#   limits:
#     - column_bytes
#   remedy: >-
#     use the derived limits, and keep large payloads outside: a payload codec with object storage
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.payload.payload_over_column_limit

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some key in ["limit.blobSize.error", "limit.memoSize.error"]
	facts[key] > facts.limits.column_bytes
	message := sprintf(
		"%s accepts %v bytes, over the %v of a column value",
		[rule.describe_key(key), facts[key], facts.limits.column_bytes],
	)
}
