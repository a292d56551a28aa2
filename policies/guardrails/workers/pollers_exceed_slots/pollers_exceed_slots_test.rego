package guardrails.workers.pollers_exceed_slots_test

import data.guardrails.workers.pollers_exceed_slots
import data.lib.fixture_test as fixture

test_fires_above_the_slots if {
	fixture.messages(pollers_exceed_slots.deny) == {
		"sdk.workflow_task_pollers is 201, over the 200 of sdk.max_concurrent_workflow_tasks",
		"sdk.activity_task_pollers is 8, over the 7 of sdk.max_concurrent_activities",
	}
		with input as fixture.profile({"sdk.workflow_task_pollers": 201, "sdk.max_concurrent_activities": 7})
}

test_holds_for_a_healthy_profile if count(pollers_exceed_slots.deny) == 0 with input as fixture.profile({})

test_holds_at_the_slots if {
	count(pollers_exceed_slots.deny) == 0
		with input as fixture.profile({"sdk.workflow_task_pollers": 200, "sdk.max_concurrent_activities": 8})
}

test_reports_a_missing_parameter if {
	fixture.messages(pollers_exceed_slots.deny) == {
		"cannot be evaluated: sdk.max_concurrent_activities is missing from the profile",
	}
		with input as fixture.without("sdk.max_concurrent_activities")
}
