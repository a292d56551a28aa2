# METADATA
# title: What opa inspect prints of sound policies, to test checks with
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
		"remedy": "a remedy",
	},
}

# beside: the rail, and a policy of another folder
beside(folder, path, about) := object.union(rail({}), {
	"namespaces": {
		concat(".", array.concat(["data", folder], path)): [
			concat("/", array.concat(array.concat([folder], path), [sprintf("%s.rego", [last])])),
		],
		concat("", [concat(".", array.concat(["data", folder], path)), "_test"]): [
			concat("/", array.concat(array.concat([folder], path), [sprintf("%s_test.rego", [last])])),
		],
	},
	"annotations": array.concat(rail({}).annotations, [{
		"annotations": object.union({"scope": "package"}, about),
		"path": [{"value": step} | some step in array.concat(["data", folder], path)],
	}]),
}) if {
	last := array.concat([folder], path)[count(path)]
}
