# METADATA
# title: A workflow state too large for its column
# description: >-
#   The state of an execution is stored in one column, and each pending activity in another. If the
#   server accepts more mutable state than a column holds, the workflow can no longer be written: it
#   can neither continue nor end.
# custom:
#   severity: error
#   parameters:
#     - limit.mutableStateSize.error
#   limits:
#     - column_bytes
#   remedy: >-
#     use the derived value of limit.mutableStateSize.error, or lower it; keep memos and search
#     attributes small
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.payload.mutable_state_over_column_limit

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["limit.mutableStateSize.error"] > facts.limits.column_bytes
	message := sprintf("%s accepts %v bytes of mutable state, over the %v of a column value", [
		rule.describe_key("limit.mutableStateSize.error"),
		facts["limit.mutableStateSize.error"],
		facts.limits.column_bytes,
	])
}
