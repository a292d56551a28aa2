# METADATA
# title: A connection may reach its limit inside a transaction
# description: >-
#   DSQL closes a connection when its time is up, whatever it is doing. A pool must retire
#   it while the longest transaction that may run on it still fits.
# custom:
#   severity: error
#   parameters:
#     - dsql.max_conn_lifetime
#   kinds:
#     dsql.max_conn_lifetime: duration
#   limits:
#     - connection_lifetime_seconds
#     - transaction_seconds
#   remediation: >-
#     leave dsql.max_conn_lifetime to be derived, or shorten it
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.connections.connection_lifetime_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	longest := facts["dsql.max_conn_lifetime"] + facts.limits.transaction_seconds
	longest > facts.limits.connection_lifetime_seconds
	message := sprintf("a connection of %s and a transaction of %v s on it may last %v s, over the %v s after which the cluster closes it", [
		facts.given["dsql.max_conn_lifetime"],
		facts.limits.transaction_seconds,
		words.number(longest),
		facts.limits.connection_lifetime_seconds,
	])
}
