# METADATA
# title: A policy that is not where its name says
# description: >-
#   A finding carries the name of its rule, and that name is all that a reader has to find
#   the rule by.
# custom:
#   severity: error
#   parameters: []
#   remediation: "move package FOLDER.TOPIC.NAME to FOLDER/TOPIC/NAME/NAME.rego"
package checks.name_matches_place

import data.lib.inspection
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if some message in inspection.problems

messages contains message if {
	some name, rail in inspection.judging
	count(rail.path) != 3
	not inspection.summing(rail)
	message := sprintf("%s is not %s, a topic and a name", [name, rail.path[0]])
}

messages contains message if {
	some name, rail in inspection.judging
	some written in rail.files
	not inspection.stands([written], inspection.file(rail, ""))
	message := sprintf("%s stands in %s, not in %s", [name, written, inspection.file(rail, "")])
}
