package guardrails.slo.completions_exceed_transitions_test

import data.guardrails.slo.completions_exceed_transitions
import data.lib.fixture_test as fixture

test_fires_above_the_transitions if {
	fixture.messages(completions_exceed_transitions.warn) == {
		"151 workflows complete each second with 150 transitions/s, and each takes several",
	}
		with input as fixture.profile({"target_workflow_completion_rate": 151})
}

test_holds_for_a_healthy_profile if count(completions_exceed_transitions.warn) == 0 with input as fixture.profile({})

test_holds_with_one_figure_for_both if {
	count(completions_exceed_transitions.warn) == 0 with input as fixture.profile({"target_workflow_completion_rate": 150})
}

test_reports_a_missing_parameter if {
	fixture.messages(completions_exceed_transitions.warn) == {
		"cannot be evaluated: target_workflow_completion_rate is missing from the profile",
	}
		with input as fixture.without("target_workflow_completion_rate")
}
