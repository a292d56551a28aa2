# METADATA
# title: A policy that is not where its name says
# description: >-
#   A finding carries the name of its rule, and that name is all that a reader has to find
#   the rule by.
# custom:
#   severity: error
#   parameters: []
#   remedy: "move package FOLDER.TOPIC.NAME to FOLDER/TOPIC/NAME/NAME.rego"
package checks.name_matches_place

import data.lib.inspection
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if some message in inspection.problems

messages contains message if {
	some name, rail in inspection.rules
	count(rail.path) != 3
	not inspection.is_summary(rail)
	message := sprintf("%s is not %s, followed by a topic and a name", [name, rail.path[0]])
}

messages contains message if {
	some name, rail in inspection.rules
	some file in rail.files
	not inspection.includes_file([file], inspection.expected_file(rail, ""))
	message := sprintf("%s is in %s, not in %s", [name, file, inspection.expected_file(rail, "")])
}
