# METADATA
# title: Reservoir connections that are never handed out
# description: >-
#   A connection lives for the base lifetime plus at most the jitter, and the reservoir discards it
#   once less than the guard window is left. If its whole life is shorter than the guard window, it
#   is discarded as soon as it is open, and the next one is opened at once, at the cluster's open
#   rate.
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
#   remedy: >-
#     raise dsql.reservoir_base_lifetime above dsql.reservoir_guard_window, or use the derived
#     values of both
#   source: plugin repository, reservoir.go
package guardrails.reservoir.reservoir_never_ready

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

longest := facts["dsql.reservoir_base_lifetime"] + facts["dsql.reservoir_lifetime_jitter"]

messages contains message if {
	facts["dsql.reservoir_enabled"]
	facts["dsql.reservoir_guard_window"] >= facts["dsql.reservoir_base_lifetime"]
	template := concat("", [
		"the guard window of %s takes up the base lifetime of %s: %s of the connections are discarded as ",
		"soon as they are open",
	])
	message := sprintf(template, [
		facts.given["dsql.reservoir_guard_window"],
		facts.given["dsql.reservoir_base_lifetime"],
		discarded,
	])
}

discarded := "all" if facts["dsql.reservoir_guard_window"] >= longest

# jitter spreads the lives evenly
discarded := sprintf("%v %%", [words.number(100 * share)]) if {
	facts["dsql.reservoir_guard_window"] < longest
	excess := facts["dsql.reservoir_guard_window"] - facts["dsql.reservoir_base_lifetime"]
	share := excess / facts["dsql.reservoir_lifetime_jitter"]
}
