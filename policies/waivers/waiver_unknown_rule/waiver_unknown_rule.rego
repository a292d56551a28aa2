# METADATA
# title: A waiver of a rule that does not exist
# description: >-
#   A misspelt name waives nothing. Schema violations cannot be waived either: a value of the
#   wrong type, or out of its range, has no meaning.
# custom:
#   severity: error
#   parameters: []
#   remedy: >-
#     use the rule name that the finding shows; a value of the wrong type or out of its range
#     cannot be waived, so correct it
package waivers.waiver_unknown_rule

import data.lib.rule

# if not all rules were evaluated, the name may be that of another one
deny contains finding if {
	input.complete
	some nth, waiver in input.waivers
	not data.waivers.may_exist(waiver.rule)
	message := sprintf("%s: not a rule that can be waived", [waiver.rule])
	some found in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(found, {"nth": nth})
}
