package guardrails.workers.pollers_pinned_test

import data.guardrails.workers.pollers_pinned
import data.lib.fixture_test as fixture

test_fires_for_a_fixed_number if {
	fixture.messages(pollers_pinned.warn) == {
		"each worker keeps 16 workflow task and 8 activity task polls open at any load",
	}
		with input as fixture.profile({"sdk.poller_mode": "fixed"})
}

test_says_what_the_namespace_asks_for if {
	fixture.messages(pollers_pinned.warn) == {concat("", [
		"frontend.pollerAutoscalingAutoEnroll asks workers to autoscale, and these keep 16 workflow task ",
		"and 8 activity task polls open at any load",
	])}
		with input as fixture.profile({"sdk.poller_mode": "fixed", "frontend.pollerAutoscalingAutoEnroll": true})
}

test_holds_with_autoscaling if {
	count(pollers_pinned.warn) == 0
		with input as fixture.profile({"frontend.pollerAutoscalingAutoEnroll": true})
}

test_reports_a_missing_parameter if {
	fixture.messages(pollers_pinned.warn) == {"cannot be evaluated: sdk.poller_mode is missing from the profile"}
		with input as fixture.without("sdk.poller_mode")
}
