# METADATA
# title: A batch of events that the database refuses
# description: >-
#   Before it writes, the server compares system.transactionSizeLimit with the bytes of one
#   serialised batch of events, which it stores in one column, within one transaction. A batch that
#   passes this check but is too large for DSQL fails at the database, each time that it is retried.
# custom:
#   severity: error
#   parameters:
#     - system.transactionSizeLimit
#   limits:
#     - column_bytes
#     - transaction_bytes
#   remedy: >-
#     use the derived value of system.transactionSizeLimit, or lower it
#   source: >-
#     Aurora DSQL user guide, quotas chapter; Temporal server source,
#     common/persistence/history_manager.go
package guardrails.payload.transaction_size_over_limit

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	written := min([facts.limits.column_bytes, facts.limits.transaction_bytes])
	facts["system.transactionSizeLimit"] > written
	template := concat("", [
		"%s is %v bytes, over the %v that can be written (a column value takes %v, a transaction %v)",
	])
	message := sprintf(template, [
		rule.describe_key("system.transactionSizeLimit"),
		facts["system.transactionSizeLimit"],
		written,
		facts.limits.column_bytes,
		facts.limits.transaction_bytes,
	])
}
