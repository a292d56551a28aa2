package guardrails.frontend.frontend_rps_starved_test

import data.guardrails.frontend.frontend_rps_starved
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(frontend_rps_starved.warn) == {
		"frontend.rps: 3 instances x 99/s = 297 requests/s, but 150 transitions/s need 300",
		"frontend.namespaceRPS: 3 instances x 98/s = 294 requests/s, but 150 transitions/s need 300",
	}
		with input as fixture.profile({"frontend.rps": 99, "frontend.namespaceRPS": 98})
}

test_holds_for_a_healthy_profile if count(frontend_rps_starved.warn) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(frontend_rps_starved.warn) == 0
		with input as fixture.profile({"frontend.rps": 100, "frontend.namespaceRPS": 100})
}

test_reports_a_missing_parameter if {
	fixture.messages(frontend_rps_starved.warn) == {
		"cannot be evaluated: frontend.namespaceRPS is missing from the profile",
	}
		with input as fixture.without("frontend.namespaceRPS")
}

test_a_global_limit_replaces_the_one_of_each_host if {
	fixture.messages(frontend_rps_starved.warn) == {concat("", [
		"frontend.globalNamespaceRPS: 10 requests/s for all instances together, which replaces frontend.namespaceRPS, ",
		"but 150 transitions/s need 300",
	])}
		with input as fixture.profile({"frontend.globalNamespaceRPS": 10, "frontend.namespaceRPS": 1})
}

test_a_global_limit_of_0_is_off if {
	count(frontend_rps_starved.warn) == 0 with input as fixture.profile({"frontend.globalRPS": 0})
}
