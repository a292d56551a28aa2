# METADATA
# title: A connection can reach its limit inside a transaction
# description: >-
#   DSQL closes a connection at the end of its lifetime, even in the middle of a transaction. A pool
#   without a reservoir must retire it while there is still time for the longest transaction. With a
#   reservoir, the plugin ignores dsql.max_conn_lifetime and DSQL cuts the pool's connections, so
#   this rule does not apply.
# custom:
#   severity: error
#   parameters:
#     - dsql.max_conn_lifetime
#     - dsql.reservoir_enabled
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.max_conn_lifetime: duration
#   limits:
#     - connection_lifetime_seconds
#     - transaction_seconds
#   remedy: >-
#     use the derived value of dsql.max_conn_lifetime, or shorten it
#   source: Aurora DSQL user guide, quotas chapter; plugin repository, plugin.go
package guardrails.connections.connection_lifetime_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"] == false
	longest := facts["dsql.max_conn_lifetime"] + facts.limits.transaction_seconds
	longest > facts.limits.connection_lifetime_seconds
	template := concat("", [
		"a connection of %s and a transaction of %v s on it may last %v s, over the %v s after which the ",
		"cluster closes it",
	])
	message := sprintf(template, [
		facts.given["dsql.max_conn_lifetime"],
		facts.limits.transaction_seconds,
		words.number(longest),
		facts.limits.connection_lifetime_seconds,
	])
}
