# METADATA
# title: A guard rail that does not explain itself
# description: >-
#   Findings, their documentation and the report of missing inputs are all made from a
#   rule's annotations, and what those leave out nobody is told.
# custom:
#   severity: error
#   parameters: []
#   remediation: >-
#     write title and description, and under custom a severity (error or warning), the
#     parameters that the rule reads, and a remediation
package checks.metadata_complete

import data.lib.inspection
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

texts := [["title"], ["description"], ["custom", "remediation"]]

severities := {"error", "warning"}

kinds := {"number", "positive number", "bool", "string", "duration"}

messages contains message if some message in inspection.problems

messages contains message if {
	some name, rail in inspection.rails
	some path in texts
	trim_space(object.get(rail.about, path, "")) == ""
	message := sprintf("%s has no %s", [name, path[count(path) - 1]])
}

messages contains message if {
	some name, rail in inspection.rails
	severity := object.get(rail.about, ["custom", "severity"], "none")
	not severity in severities
	message := sprintf("%s has the severity %v, which is neither error nor warning", [name, severity])
}

messages contains message if {
	some name, rail in inspection.rails
	count(object.get(rail.about, ["custom", "parameters"], [])) == 0
	message := sprintf("%s has no parameters", [name])
}

messages contains message if {
	some name, rail in inspection.rails
	some key, kind in object.get(rail.about, ["custom", "kinds"], {})
	not key in object.get(rail.about, ["custom", "parameters"], [])
	message := sprintf("%s gives %s a kind (%s) without reading it", [name, key, kind])
}

messages contains message if {
	some name, rail in inspection.rails
	some key, kind in object.get(rail.about, ["custom", "kinds"], {})
	not kind in kinds
	message := sprintf("%s gives %s the unknown kind %s", [name, key, kind])
}
