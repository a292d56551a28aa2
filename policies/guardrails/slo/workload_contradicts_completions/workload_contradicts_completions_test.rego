package guardrails.slo.workload_contradicts_completions_test

import data.guardrails.slo.workload_contradicts_completions
import data.lib.fixture_test as fixture

test_fires_on_either_side if {
	some completions in [14, 33]
	fixture.messages(workload_contradicts_completions.warn) == {sprintf(
		"%v workflows complete each second, but 150 transitions/s at 7 for each workflow are 21.43 workflows/s",
		[completions],
	)}
		with input as fixture.profile({"target_workflow_completion_rate": completions})
}

test_holds_for_a_healthy_profile if count(workload_contradicts_completions.warn) == 0
	with input as fixture.profile({})

test_holds_near_it if {
	count(workload_contradicts_completions.warn) == 0
		with input as fixture.profile({"target_workflow_completion_rate": 32})
}

test_reports_a_missing_parameter if {
	fixture.messages(workload_contradicts_completions.warn) == {concat("", [
		"cannot be evaluated: target_workflow_completion_rate is missing from the profile",
	])}
		with input as fixture.without("target_workflow_completion_rate")
}
