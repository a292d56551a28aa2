# METADATA
# title: Reservoir connections outlive the cluster's limit
# description: >-
#   A connection of the reservoir lives its base lifetime and up to the jitter more, and may
#   still be in use for the guard window. All of it must end before DSQL closes the
#   connection by itself.
# custom:
#   severity: error
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_base_lifetime
#     - dsql.reservoir_lifetime_jitter
#     - dsql.reservoir_guard_window
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.reservoir_base_lifetime: duration
#     dsql.reservoir_lifetime_jitter: duration
#     dsql.reservoir_guard_window: duration
#   limits:
#     - connection_lifetime_seconds
#   remediation: >-
#     shorten dsql.reservoir_base_lifetime, or leave the three to be derived
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.rotation.reservoir_lifetime_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	longest := sum([
		facts["dsql.reservoir_base_lifetime"],
		facts["dsql.reservoir_lifetime_jitter"],
		facts["dsql.reservoir_guard_window"],
	])
	longest >= facts.limits.connection_lifetime_seconds
	message := sprintf("base lifetime %s + jitter %s + guard window %s = %v s, not under the %v s after which the cluster closes a connection", [
		facts.given["dsql.reservoir_base_lifetime"],
		facts.given["dsql.reservoir_lifetime_jitter"],
		facts.given["dsql.reservoir_guard_window"],
		words.number(longest),
		facts.limits.connection_lifetime_seconds,
	])
}
