# METADATA
# title: An identifier too long for its column
# description: >-
#   The frontend accepts identifiers of workflows, task queues, timers and signals up to
#   limit.maxIDLength. The plugin's columns for them are shorter, so the frontend accepts a longer
#   identifier that the database then refuses.
# custom:
#   severity: error
#   parameters:
#     - limit.maxIDLength
#   limits:
#     - id_bytes
#   remedy: >-
#     use the derived value of limit.maxIDLength, or set it to the width of the column
#   source: plugin repository, schema/dsql; Aurora DSQL user guide, quotas chapter
package guardrails.payload.id_over_column_limit

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["limit.maxIDLength"] > facts.limits.id_bytes
	message := sprintf("%s accepts identifiers of %v bytes, over the %v of their columns", [
		rule.describe_key("limit.maxIDLength"),
		facts["limit.maxIDLength"],
		facts.limits.id_bytes,
	])
}
