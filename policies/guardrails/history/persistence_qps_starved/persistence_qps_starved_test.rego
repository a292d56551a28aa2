package guardrails.history.persistence_qps_starved_test

import data.guardrails.history.persistence_qps_starved
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(persistence_qps_starved.deny) == {
		"history.persistenceMaxQPS is 99/s, but 150 transitions/s need 99.5/s of each instance",
		"matching.persistenceMaxQPS is 32/s, but 150 transitions/s need 32.5/s of each instance",
	}
		with input as fixture.profile({"history.persistenceMaxQPS": 99, "matching.persistenceMaxQPS": 32})
}

test_holds_for_a_healthy_profile if count(persistence_qps_starved.deny) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(persistence_qps_starved.deny) == 0
		with input as fixture.profile({"history.persistenceMaxQPS": 100, "matching.persistenceMaxQPS": 33})
}

test_reports_a_missing_parameter if {
	fixture.messages(persistence_qps_starved.deny) == {concat("", [
		"cannot be evaluated: matching.persistenceMaxQPS is missing from the profile",
	])}
		with input as fixture.without("matching.persistenceMaxQPS")
}

test_reports_a_missing_need if {
	fixture.messages(persistence_qps_starved.deny) == {concat("", [
		"cannot be evaluated: needs.history_persistence_needed is missing from the ",
		"profile",
	])}
		with input as fixture.without_need("history_persistence_needed")
}

test_a_global_limit_replaces_the_one_of_each_instance if {
	fixture.messages(persistence_qps_starved.deny) == {concat("", [
		"history.persistenceGlobalMaxQPS is 100/s for all instances together, which replaces persistenceMaxQPS, ",
		"but 150 transitions/s need 597/s",
	])}
		with input as fixture.profile({"history.persistenceGlobalMaxQPS": 100, "history.persistenceMaxQPS": 1})
}

test_a_namespace_limit_undercuts if {
	fixture.messages(persistence_qps_starved.deny) == {
		"history.persistenceNamespaceMaxQPS is 5/s, but 150 transitions/s need 99.5/s of each instance",
	}
		with input as fixture.profile({"history.persistenceNamespaceMaxQPS": 5})
}

test_a_global_namespace_limit_replaces_the_one_of_each_instance if {
	fixture.messages(persistence_qps_starved.deny) == {concat("", [
		"matching.persistenceGlobalNamespaceMaxQPS is 30/s for all instances together, which replaces ",
		"persistenceNamespaceMaxQPS, but 150 transitions/s need 130/s",
	])}
		with input as fixture.profile({
			"matching.persistenceGlobalNamespaceMaxQPS": 30,
			"matching.persistenceNamespaceMaxQPS": 5,
		})
}

test_a_limit_of_each_shard_undercuts if {
	fixture.messages(persistence_qps_starved.deny) == {concat("", [
		"history.persistencePerShardNamespaceMaxQPS is 1/s, 512/s for 512 shards, but 150 transitions/s need 597/s",
	])}
		with input as fixture.profile({"history.persistencePerShardNamespaceMaxQPS": 1})
	count(persistence_qps_starved.deny) == 0
		with input as fixture.profile({"history.persistencePerShardNamespaceMaxQPS": 2})
}
