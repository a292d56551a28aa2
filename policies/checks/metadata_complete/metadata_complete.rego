# METADATA
# title: A policy that does not explain itself
# description: >-
#   Findings, their documentation and the report of missing inputs are all made from a
#   rule's annotations, and what those leave out nobody is told.
# custom:
#   severity: error
#   parameters: []
#   remediation: >-
#     write title and description, and under custom a severity (error or warning), the
#     parameters that a guard rail reads, and a remediation; of a recommendation, what is
#     expected of it and what it risks
package checks.metadata_complete

import data.lib.inspection
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

# texts that a policy of each folder has beside its title and description
texts := {
	"guardrails": ["remediation"],
	"conformance": ["remediation"],
	"recommend": ["expected", "risk"],
}

severities := {"error", "warning"}

kinds := {"number", "positive number", "bool", "string", "duration"}

messages contains message if some message in inspection.problems

messages contains message if {
	some name, found in inspection.judging
	some text in ["title", "description"]
	trim_space(object.get(found.about, text, "")) == ""
	message := sprintf("%s has no %s", [name, text])
}

messages contains message if {
	some name, found in inspection.judging
	not inspection.summing(found)
	some text in object.get(texts, found.path[0], [])
	trim_space(object.get(found.about, ["custom", text], "")) == ""
	message := sprintf("%s has no %s", [name, text])
}

messages contains message if {
	some name, found in inspection.judging
	found.path[0] in {"guardrails", "conformance"}
	not inspection.summing(found)
	severity := object.get(found.about, ["custom", "severity"], "none")
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
