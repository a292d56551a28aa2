package guardrails.workers.poller_range_inverted_test

import data.guardrails.workers.poller_range_inverted
import data.lib.fixture_test as fixture

test_fires_outside_the_bounds if {
	fixture.messages(poller_range_inverted.deny) == {
		"sdk.workflow_task_pollers is 16, outside sdk.workflow_task_pollers_min = 17 to sdk.workflow_task_pollers_max = 100",
		"sdk.nexus_task_pollers is 5, outside sdk.nexus_task_pollers_min = 1 to sdk.nexus_task_pollers_max = 4",
	}
		with input as fixture.profile({"sdk.workflow_task_pollers_min": 17, "sdk.nexus_task_pollers_max": 4})
}

test_holds_for_a_healthy_profile if count(poller_range_inverted.deny) == 0 with input as fixture.profile({})

test_holds_at_the_bounds if {
	count(poller_range_inverted.deny) == 0
		with input as fixture.profile({"sdk.workflow_task_pollers_min": 16, "sdk.workflow_task_pollers_max": 16})
}

test_fixed_polls_have_no_bounds if {
	count(poller_range_inverted.deny) == 0
		with input as fixture.profile({"sdk.workflow_task_pollers_min": 17, "sdk.poller_mode": "fixed"})
}

test_reports_a_missing_parameter if {
	fixture.messages(poller_range_inverted.deny) == {
		"cannot be evaluated: sdk.nexus_task_pollers_max is missing from the profile",
	}
		with input as fixture.without("sdk.nexus_task_pollers_max")
}
