package guardrails.frontend.frontend_rps_starved_test

import data.guardrails.frontend.frontend_rps_starved
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(frontend_rps_starved.deny) == {concat("", [
		"frontend.rps is 58/s, but 150 transitions/s need 58.5/s of each instance",
	])}
		with input as fixture.profile({"frontend.rps": 58})
}

test_holds_for_a_healthy_profile if count(frontend_rps_starved.deny) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(frontend_rps_starved.deny) == 0 with input as fixture.profile({"frontend.rps": 59})
}

test_reports_a_missing_parameter if {
	fixture.messages(frontend_rps_starved.deny) == {concat("", [
		"cannot be evaluated: frontend.namespaceRPS is missing from the profile",
	])}
		with input as fixture.without("frontend.namespaceRPS")
}

test_reports_a_missing_need if {
	fixture.messages(frontend_rps_starved.deny) == {concat("", [
		"cannot be evaluated: needs.frontend_requests_needed is missing from the profile",
	])}
		with input as fixture.without_need("frontend_requests_needed")
}

test_a_global_limit_replaces_the_one_of_each_instance if {
	fixture.messages(frontend_rps_starved.deny) == {concat("", [
		"frontend.globalRPS is 100/s for all instances together, which replaces frontend.rps, but 150 ",
		"transitions/s need 175.5/s",
	])}
		with input as fixture.profile({"frontend.globalRPS": 100, "frontend.rps": 1})
}
