package checks.test_beside_test

import data.checks.test_beside
import data.lib.fixture_test as fixture
import data.lib.inspected_test as inspected

test_holds_for_a_sound_rule if count(test_beside.deny) == 0 with input as inspected.rail({})

test_fires_without_a_test if {
	fixture.messages(test_beside.deny) == {"data.guardrails.topic.sound has no guardrails/topic/sound/sound_test.rego"}
		with input as inspected.placed({"data.guardrails.topic.sound": ["guardrails/topic/sound/sound.rego"]})
}

test_fires_for_a_test_elsewhere if {
	fixture.messages(test_beside.deny) == {"data.guardrails.topic.sound has no guardrails/topic/sound/sound_test.rego"}
		with input as inspected.placed({
			"data.guardrails.topic.sound": ["guardrails/topic/sound/sound.rego"],
			"data.guardrails.topic.sound_test": ["guardrails/topic/sound_test.rego"],
		})
}

test_another_input_is_refused if count(test_beside.deny) == 2 with input as {}

test_other_folders_are_held_too if {
	sound := inspected.beside("conformance", ["topic", "bound"], {})
	count(test_beside.deny) == 0 with input as sound
	untested := json.remove(sound, ["namespaces/data.conformance.topic.bound_test"])
	fixture.messages(test_beside.deny) == {"data.conformance.topic.bound has no conformance/topic/bound/bound_test.rego"}
		with input as untested
}
