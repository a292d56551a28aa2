package guardrails.history.service_rps_headroom_test

import data.guardrails.history.service_rps_headroom
import data.lib.fixture_test as fixture

test_fires_for_each_limit if {
	fixture.messages(service_rps_headroom.warn) == {
		"history.rps is 50/s, under 3 times the 28.5/s that 150 transitions/s need of each instance on average",
		"matching.rps is 46/s, under 3 times the 46/s that 150 transitions/s need of each instance on average",
	}
		with input as fixture.profile({"history.rps": 50, "matching.rps": 46})
}

test_leaves_a_starved_service_to_its_own_rule if {
	count(service_rps_headroom.warn) == 0 with input as fixture.profile({"history.rps": 28})
}

test_holds_with_room if {
	count(service_rps_headroom.warn) == 0 with input as fixture.profile({"history.rps": 86, "matching.rps": 138})
}

test_holds_for_a_limit_that_is_off if {
	count(service_rps_headroom.warn) == 0 with input as fixture.profile({"history.rps": 0})
}

test_holds_for_a_healthy_profile if count(service_rps_headroom.warn) == 0 with input as fixture.profile({})

test_reports_a_missing_need if {
	fixture.messages(service_rps_headroom.warn) == {
		"cannot be evaluated: needs.history_requests_needed is missing from the profile",
	}
		with input as fixture.without_need("history_requests_needed")
}
