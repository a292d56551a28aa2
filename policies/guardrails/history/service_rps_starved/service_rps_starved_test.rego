package guardrails.history.service_rps_starved_test

import data.guardrails.history.service_rps_starved
import data.lib.fixture_test as fixture

test_fires_for_each_limit if {
	fixture.messages(service_rps_starved.warn) == {
		"history.rps: 6 instances x 50/s = 300 requests/s, but 150 transitions/s need 450",
		"matching.rps: 4 instances x 10/s = 40 requests/s, but 150 transitions/s need 450",
		"matching.namespaceRPS: 4 instances x 20/s = 80 requests/s, but 150 transitions/s need 450",
	}
		with input as fixture.profile({"history.rps": 50, "matching.rps": 10, "matching.namespaceRPS": 20})
}

test_holds_for_enough if {
	count(service_rps_starved.warn) == 0 with input as fixture.profile({"history.rps": 75, "matching.rps": 113})
}

test_holds_for_a_limit_that_is_off if {
	count(service_rps_starved.warn) == 0 with input as fixture.profile({"history.namespaceRPS": 0})
}

test_holds_for_a_healthy_profile if count(service_rps_starved.warn) == 0 with input as fixture.profile({})

test_names_the_limit_among_its_parameters if {
	some finding in service_rps_starved.warn with input as fixture.profile({"history.rps": 50})
	"history.rps" in finding.parameter_keys
	not "matching.rps" in finding.parameter_keys
}

test_reports_a_missing_parameter if {
	fixture.messages(service_rps_starved.warn) == {
		"cannot be evaluated: history.replicas is missing from the profile",
	}
		with input as fixture.without("history.replicas")
}
