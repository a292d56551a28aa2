# METADATA
# title: A policy with incomplete METADATA
# description: >-
#   Findings, their documentation and the report of missing inputs come from the annotations of
#   a rule. Users never see what is missing there.
# custom:
#   severity: error
#   parameters: []
#   remedy: >-
#     write title and description, and under custom a severity (error or warning), the
#     parameters that a guard rail reads, and a remedy; of a recommendation, what is
#     expected of it and what it risks
package checks.metadata_complete

import data.lib.inspection
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

# texts: the fields that a policy of each folder needs besides title and description
texts := {
	"guardrails": ["remedy"],
	"conformance": ["remedy"],
	"proposals": ["expected", "risk"],
}

severities := {"error", "warning"}

kinds := {"number", "positive number", "bool", "string", "duration"}

messages contains message if some message in inspection.problems

messages contains message if {
	some name, found in inspection.rules
	some text in ["title", "description"]
	trim_space(object.get(found.about, text, "")) == ""
	message := sprintf("%s has no %s", [name, text])
}

messages contains message if {
	some name, found in inspection.rules
	not inspection.is_summary(found)
	some text in object.get(texts, found.path[0], [])
	trim_space(object.get(found.about, ["custom", text], "")) == ""
	message := sprintf("%s has no %s", [name, text])
}

messages contains message if {
	some name, found in inspection.rules
	found.path[0] in {"guardrails", "conformance"}
	not inspection.is_summary(found)
	severity := object.get(found.about, ["custom", "severity"], "none")
	not severity in severities
	message := sprintf("%s has the severity %v, which is neither error nor warning", [name, severity])
}

messages contains message if {
	some name, rail in inspection.guardrails
	count(object.get(rail.about, ["custom", "parameters"], [])) == 0
	message := sprintf("%s has no parameters", [name])
}

messages contains message if {
	some name, rail in inspection.guardrails
	some key, kind in object.get(rail.about, ["custom", "kinds"], {})
	not key in object.get(rail.about, ["custom", "parameters"], [])
	message := sprintf("%s gives %s a kind (%s) without reading it", [name, key, kind])
}

messages contains message if {
	some name, rail in inspection.guardrails
	some key, kind in object.get(rail.about, ["custom", "kinds"], {})
	not kind in kinds
	message := sprintf("%s gives %s the unknown kind %s", [name, key, kind])
}
