package guardrails.workers.slots_undersized_test

import data.guardrails.workers.slots_undersized
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(slots_undersized.deny) == {concat("", [
		"sdk.max_concurrent_activities is 9, but 150 transitions/s need 10 in each worker",
	])}
		with input as fixture.profile({"sdk.max_concurrent_activities": 9})
}

test_holds_for_a_healthy_profile if count(slots_undersized.deny) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(slots_undersized.deny) == 0
		with input as fixture.profile({"sdk.max_concurrent_activities": 10})
}

test_reports_a_missing_parameter if {
	fixture.messages(slots_undersized.deny) == {concat("", [
		"cannot be evaluated: sdk.max_concurrent_activities is missing from the profile",
	])}
		with input as fixture.without("sdk.max_concurrent_activities")
}

test_reports_a_missing_need if {
	fixture.messages(slots_undersized.deny) == {concat("", [
		"cannot be evaluated: needs.activity_slots_needed is missing from the profile",
	])}
		with input as fixture.without_need("activity_slots_needed")
}
