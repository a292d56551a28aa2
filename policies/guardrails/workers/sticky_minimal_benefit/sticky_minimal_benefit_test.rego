package guardrails.workers.sticky_minimal_benefit_test

import data.guardrails.workers.sticky_minimal_benefit
import data.lib.fixture_test as fixture

test_fires_below_the_runtime if {
	fixture.messages(sticky_minimal_benefit.warn) == {
		"the cache holds 563 workflows and a typical one runs 1999ms, under 2 s",
	}
		with input as fixture.profile({"workload.typical_workflow_runtime": "1999ms"})
}

test_one_is_not_many if {
	fixture.messages(sticky_minimal_benefit.warn) == {"the cache holds 1 workflow and a typical one runs 1s, under 2 s"}
		with input as fixture.profile({"sdk.sticky_cache_size": 1, "workload.typical_workflow_runtime": "1s"})
}

test_holds_for_a_healthy_profile if count(sticky_minimal_benefit.warn) == 0 with input as fixture.profile({})

test_holds_at_the_runtime if {
	count(sticky_minimal_benefit.warn) == 0 with input as fixture.profile({"workload.typical_workflow_runtime": "2s"})
}

test_needs_a_cache if {
	count(sticky_minimal_benefit.warn) == 0
		with input as fixture.profile({"workload.typical_workflow_runtime": "1s", "sdk.sticky_cache_size": 0})
}

test_reports_a_missing_parameter if {
	fixture.messages(sticky_minimal_benefit.warn) == {
		"cannot be evaluated: workload.typical_workflow_runtime is missing from the profile",
	}
		with input as fixture.without("workload.typical_workflow_runtime")
}
