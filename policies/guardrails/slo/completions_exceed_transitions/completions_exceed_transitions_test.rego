package guardrails.slo.completions_exceed_transitions_test

import data.guardrails.slo.completions_exceed_transitions
import data.lib.fixture_test as fixture

test_fires_above_the_transitions if {
	fixture.messages(completions_exceed_transitions.deny) == {
		"51 workflows complete each second, which takes at least 153 transitions/s, not 150",
	}
		with input as fixture.profile({"target_workflow_completion_rate": 51})
}

test_holds_for_a_healthy_profile if count(completions_exceed_transitions.deny) == 0 with input as fixture.profile({})

test_holds_at_the_least if {
	count(completions_exceed_transitions.deny) == 0 with input as fixture.profile({"target_workflow_completion_rate": 50})
}

test_reports_a_missing_parameter if {
	fixture.messages(completions_exceed_transitions.deny) == {concat("", [
		"cannot be evaluated: target_workflow_completion_rate is missing from the profile",
	])}
		with input as fixture.without("target_workflow_completion_rate")
}
