# METADATA
# title: Waiting connections outlive the cluster's limit
# description: >-
#   A connection waits in the reservoir for at most the base lifetime plus the jitter, minus the
#   guard window. If that is longer than DSQL keeps it open, it is dead when a call gets it. This
#   rule does not cover connections in use, which are never retired.
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
#   remedy: >-
#     shorten dsql.reservoir_base_lifetime, or use the three derived values
#   source: Aurora DSQL user guide, quotas chapter; plugin repository, reservoir.go
package guardrails.rotation.reservoir_lifetime_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	jittered := facts["dsql.reservoir_base_lifetime"] + facts["dsql.reservoir_lifetime_jitter"]
	longest := jittered - facts["dsql.reservoir_guard_window"]
	longest >= facts.limits.connection_lifetime_seconds
	template := concat("", [
		"base lifetime %s + jitter %s - guard window %s = %v s of waiting, not under the %v s after which ",
		"the cluster closes a connection",
	])
	message := sprintf(template, [
		facts.given["dsql.reservoir_base_lifetime"],
		facts.given["dsql.reservoir_lifetime_jitter"],
		facts.given["dsql.reservoir_guard_window"],
		words.number(longest),
		facts.limits.connection_lifetime_seconds,
	])
}
