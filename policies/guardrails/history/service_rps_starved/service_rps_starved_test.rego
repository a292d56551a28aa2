package guardrails.history.service_rps_starved_test

import data.guardrails.history.service_rps_starved
import data.lib.fixture_test as fixture

test_fires_for_each_limit if {
	fixture.messages(service_rps_starved.deny) == {
		"history.rps is 28/s, but 150 transitions/s need 28.5/s of each instance",
		"matching.rps is 45/s, but 150 transitions/s need 46/s of each instance",
		"matching.namespaceRPS is 20/s, but 150 transitions/s need 46/s of each instance",
	}
		with input as fixture.profile({"history.rps": 28, "matching.rps": 45, "matching.namespaceRPS": 20})
}

test_holds_for_enough if {
	count(service_rps_starved.deny) == 0 with input as fixture.profile({"history.rps": 29, "matching.rps": 46})
}

test_holds_for_a_limit_that_is_off if {
	count(service_rps_starved.deny) == 0 with input as fixture.profile({"history.namespaceRPS": 0})
}

test_holds_for_a_healthy_profile if count(service_rps_starved.deny) == 0 with input as fixture.profile({})

test_names_the_limit_among_its_parameters if {
	some finding in service_rps_starved.deny with input as fixture.profile({"history.rps": 5})
	"history.rps" in finding.parameter_keys
	not "matching.rps" in finding.parameter_keys
}

test_reports_a_missing_need if {
	fixture.messages(service_rps_starved.deny) == {
		"cannot be evaluated: needs.history_requests_needed is missing from the profile",
	}
		with input as fixture.without_need("history_requests_needed")
}
