# METADATA
# title: A waiver whose name is nearly that of a rule
# description: >-
#   A misspelt name waives nothing. Commands that do not evaluate every policy cannot know whether
#   another policy has the name, so they warn; a gate evaluates all, and reports
#   waiver_unknown_rule.
# custom:
#   severity: warning
#   parameters: []
#   remedy: use the rule name that the finding shows
package waivers.waiver_misspelt_rule

import data.lib.rule

warn contains finding if {
	not input.complete
	some nth, waiver in input.waivers
	waiver.rule in input.misspelt
	message := sprintf("%s: not a rule that was evaluated", [waiver.rule])
	some found in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(found, {"nth": nth})
}
