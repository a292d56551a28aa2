# METADATA
# title: A history too large for one transaction
# description: >-
#   DSQL limits the data that a transaction modifies, and retention deletes a run's whole history in
#   one transaction. A run with a larger history can stay in the database for ever, because its
#   deletion fails each time.
# custom:
#   severity: warning
#   parameters:
#     - limit.historySize.error
#   limits:
#     - transaction_bytes
#   remedy: >-
#     use the derived value of limit.historySize.error, or lower it; let long workflows continue as
#     new, and keep large payloads outside
#   source: >-
#     Aurora DSQL user guide, quotas chapter: all data modified within a write transaction; Temporal
#     server source, common/persistence/sql/history_store.go
package guardrails.history.history_size_over_limit

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["limit.historySize.error"] > facts.limits.transaction_bytes
	template := concat("", [
		"%s lets the history of a run grow to %v bytes, which are deleted in one transaction: over the %v that ",
		"it can modify",
	])
	message := sprintf(template, [
		rule.describe_key("limit.historySize.error"),
		facts["limit.historySize.error"],
		facts.limits.transaction_bytes,
	])
}
