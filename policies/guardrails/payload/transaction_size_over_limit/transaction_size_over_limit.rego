# METADATA
# title: A transaction that the database refuses
# description: >-
#   The server checks a transaction against system.transactionSizeLimit before it writes.
#   Above what DSQL takes in one transaction, index writes included, the write fails there,
#   and is retried in vain.
# custom:
#   severity: error
#   parameters:
#     - system.transactionSizeLimit
#   limits:
#     - transaction_bytes
#   remediation: >-
#     leave system.transactionSizeLimit to be derived, or lower it
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.payload.transaction_size_over_limit

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["system.transactionSizeLimit"] > facts.limits.transaction_bytes
	message := sprintf("system.transactionSizeLimit is %v bytes, over the %v of a transaction", [
		facts["system.transactionSizeLimit"],
		facts.limits.transaction_bytes,
	])
}
