package checks.metadata_complete_test

import data.checks.metadata_complete
import data.lib.fixture_test as fixture
import data.lib.inspected_test as inspected

test_holds_for_a_sound_rule if count(metadata_complete.deny) == 0 with input as inspected.rail({})

test_each_text_is_asked_for if {
	fixture.messages(metadata_complete.deny) == {
		"data.guardrails.topic.sound has no title",
		"data.guardrails.topic.sound has no description",
		"data.guardrails.topic.sound has no remedy",
	} with input as inspected.rail({"title": "", "description": " ", "custom": {"remedy": ""}})
}

test_a_rule_without_metadata_is_reported if {
	bare := object.union(inspected.rail({}), {"annotations": []})
	fixture.messages(metadata_complete.deny) == {
		"data.guardrails.topic.sound has no title",
		"data.guardrails.topic.sound has no description",
		"data.guardrails.topic.sound has no remedy",
		"data.guardrails.topic.sound has no parameters",
		"data.guardrails.topic.sound has the severity none, which is neither error nor warning",
	} with input as bare
}

test_a_severity_is_one_of_two if {
	fixture.messages(metadata_complete.deny) == {
		"data.guardrails.topic.sound has the severity fatal, which is neither error nor warning",
	}
		with input as inspected.rail({"custom": {"severity": "fatal"}})
}

test_a_kind_belongs_to_a_parameter_and_is_known if {
	fixture.messages(metadata_complete.deny) == {
		"data.guardrails.topic.sound gives c a kind (string) without reading it",
		"data.guardrails.topic.sound gives a the unknown kind colour",
	} with input as inspected.rail({"custom": {"kinds": {"c": "string", "a": "colour"}}})
}

test_another_input_is_refused if {
	fixture.messages(metadata_complete.deny) == {
		"the input is not what opa inspect -a -f json prints",
		"no package is under guardrails",
	} with input as fixture.profile({})
}

test_a_recommendation_says_what_to_expect_and_what_it_risks if {
	about := {"title": "t", "description": "d", "custom": {"expected": "e", "risk": "r"}}
	count(metadata_complete.deny) == 0 with input as inspected.beside("proposals", ["topic", "more"], about)
	fixture.messages(metadata_complete.deny) == {
		"data.proposals.topic.more has no expected",
		"data.proposals.topic.more has no risk",
	} with input as inspected.beside("proposals", ["topic", "more"], {"title": "t", "description": "d"})
}

test_a_rule_of_conformance_has_severity_and_remedy if {
	fixture.messages(metadata_complete.deny) == {
		"data.conformance.topic.bound has the severity none, which is neither error nor warning",
		"data.conformance.topic.bound has no remedy",
	} with input as inspected.beside("conformance", ["topic", "bound"], {"title": "t", "description": "d"})
}

test_what_sums_up_has_title_and_description if {
	count(metadata_complete.deny) == 0 with input as inspected.beside("health", [], {"title": "t", "description": "d"})
	fixture.messages(metadata_complete.deny) == {
		"data.health has no title",
		"data.health has no description",
	} with input as inspected.beside("health", [], {})
}
