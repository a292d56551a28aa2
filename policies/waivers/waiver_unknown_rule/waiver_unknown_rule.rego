# METADATA
# title: A waiver of a rule that does not exist
# description: >-
#   A misspelt name waives nothing. What is no rule cannot be waived: a value of the wrong
#   type, or out of its range, has no meaning that anybody could live with.
# custom:
#   severity: error
#   parameters: []
#   remediation: name a rule as its findings do
package waivers.waiver_unknown_rule

import data.lib.rule
import data.waivers

# (where not all rules were asked, the name may be that of another)
deny contains finding if {
	input.complete
	some nth, waiver in input.waivers
	not waivers.possible(waiver.rule)
	message := sprintf("%s is no rule that can be waived", [waiver.rule])
	some said in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(said, {"nth": nth})
}
