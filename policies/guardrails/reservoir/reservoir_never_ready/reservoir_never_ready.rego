# METADATA
# title: Reservoir connections that are never handed out
# description: >-
#   The reservoir hands out no connection in the guard window before its end, and the jitter
#   may end one early. Where the two take up the whole life, the reservoir opens connections
#   only to throw them away, at the cluster's open rate.
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
#   remediation: >-
#     raise dsql.reservoir_base_lifetime, or leave the three to be derived
package guardrails.reservoir.reservoir_never_ready

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.reservoir_enabled"]
	unusable := facts["dsql.reservoir_lifetime_jitter"] + facts["dsql.reservoir_guard_window"]
	unusable >= facts["dsql.reservoir_base_lifetime"]
	message := sprintf("jitter %s + guard window %s = %v s take up the base lifetime of %s", [
		facts.given["dsql.reservoir_lifetime_jitter"],
		facts.given["dsql.reservoir_guard_window"],
		words.number(unusable),
		facts.given["dsql.reservoir_base_lifetime"],
	])
}
