package checks.name_matches_place_test

import data.checks.name_matches_place
import data.lib.fixture_test as fixture
import data.lib.inspected_test as inspected

test_holds_for_a_sound_rule if count(name_matches_place.deny) == 0 with input as inspected.rail({})

test_holds_within_the_folder if {
	count(name_matches_place.deny) == 0
		with input as inspected.placed({"data.guardrails.topic.sound": ["guardrails/topic/sound/sound.rego"]})
}

test_fires_for_another_file if {
	fixture.messages(name_matches_place.deny) == {
		concat("", [
			"data.guardrails.topic.sound is in policies/guardrails/topic/sound/other.rego, not in ",
			"guardrails/topic/sound/sound.rego",
		]),
	}
		with input as inspected.placed({"data.guardrails.topic.sound": ["policies/guardrails/topic/sound/other.rego"]})
}

test_fires_for_a_name_without_a_topic if {
	fixture.messages(name_matches_place.deny) == {
		"data.guardrails.sound is not guardrails, followed by a topic and a name",
	}
		with input as inspected.placed({"data.guardrails.sound": ["guardrails/sound/sound.rego"]})
}

test_another_input_is_refused if count(name_matches_place.deny) == 2 with input as {}

test_other_folders_are_held_too if {
	count(name_matches_place.deny) == 0 with input as inspected.beside("proposals", ["topic", "more"], {})
	count(name_matches_place.deny) == 0 with input as inspected.beside("conformance", [], {})
	fixture.messages(name_matches_place.deny) == {"data.proposals.more is not proposals, followed by a topic and a name"}
		with input as inspected.beside("proposals", ["more"], {})
}
