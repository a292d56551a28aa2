package guardrails.history.persistence_qps_starved_test

import data.guardrails.history.persistence_qps_starved
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(persistence_qps_starved.warn) == {
		"history: 6 instances x 149/s = 894 calls/s, but 150 transitions/s need 900",
		"matching: 4 instances x 224/s = 896 calls/s, but 150 transitions/s need 900",
	}
		with input as fixture.profile({"history.persistenceMaxQPS": 149, "matching.persistenceMaxQPS": 224})
}

test_holds_for_a_healthy_profile if count(persistence_qps_starved.warn) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(persistence_qps_starved.warn) == 0
		with input as fixture.profile({"history.persistenceMaxQPS": 150, "matching.persistenceMaxQPS": 225})
}

test_reports_a_missing_parameter if {
	fixture.messages(persistence_qps_starved.warn) == {
		"cannot be evaluated: matching.persistenceMaxQPS is missing from the profile",
	}
		with input as fixture.without("matching.persistenceMaxQPS")
}

test_a_global_limit_replaces_the_one_of_each_host if {
	fixture.messages(persistence_qps_starved.warn) == {concat("", [
		"history.persistenceGlobalMaxQPS: 100 calls/s for all instances together, which replaces persistenceMaxQPS, ",
		"but 150 transitions/s need 900",
	])}
		with input as fixture.profile({"history.persistenceGlobalMaxQPS": 100, "history.persistenceMaxQPS": 1})
}

test_a_namespace_limit_undercuts if {
	fixture.messages(persistence_qps_starved.warn) == {
		"history.persistenceNamespaceMaxQPS: 6 instances x 5/s = 30 calls/s, but 150 transitions/s need 900",
	}
		with input as fixture.profile({"history.persistenceNamespaceMaxQPS": 5})
}

test_a_global_namespace_limit_replaces_the_one_of_each_host if {
	fixture.messages(persistence_qps_starved.warn) == {concat("", [
		"matching.persistenceGlobalNamespaceMaxQPS: 30 calls/s for all instances together, which replaces ",
		"persistenceNamespaceMaxQPS, but 150 transitions/s need 900",
	])}
		with input as fixture.profile({
			"matching.persistenceGlobalNamespaceMaxQPS": 30,
			"matching.persistenceNamespaceMaxQPS": 5,
		})
}
