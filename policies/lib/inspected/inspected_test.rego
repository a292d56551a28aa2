# METADATA
# title: What opa inspect prints of one sound guard rail, to test checks with
package lib.inspected_test

# rail with some of its METADATA changed
rail(changes) := {
	"namespaces": {
		"data.guardrails.topic.sound": ["policies/guardrails/topic/sound/sound.rego"],
		"data.guardrails.topic.sound_test": ["policies/guardrails/topic/sound/sound_test.rego"],
		"data.lib.rule": ["policies/lib/rule/rule.rego"],
	},
	"annotations": [{
		"annotations": object.union(annotations, changes),
		"path": [
			{"type": "var", "value": "data"},
			{"type": "string", "value": "guardrails"},
			{"type": "string", "value": "topic"},
			{"type": "string", "value": "sound"},
		],
	}],
}

# files of the rail, and of its test, changed
placed(namespaces) := object.union(object.remove(rail({}), ["namespaces"]), {"namespaces": namespaces})

annotations := {
	"scope": "package",
	"title": "A title",
	"description": "A description.",
	"custom": {
		"severity": "error",
		"parameters": ["a", "b"],
		"kinds": {"b": "duration"},
		"remediation": "a remedy",
	},
}
