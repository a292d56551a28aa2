package guardrails.history.persistence_qps_headroom_test

import data.guardrails.history.persistence_qps_headroom
import data.lib.fixture_test as fixture

test_fires_without_room_for_the_shards if {
	fixture.messages(persistence_qps_headroom.warn) == {concat("", [
		"history.persistenceMaxQPS is 116/s, but an instance that takes over its shards needs 116.5/s: ",
		"17/s for that and 99.5/s for 150 transitions/s",
	])}
		with input as fixture.profile({"history.persistenceMaxQPS": 116})
}

test_a_global_limit_replaces_the_one_of_each_instance if {
	fixture.messages(persistence_qps_headroom.warn) == {concat("", [
		"history.persistenceGlobalMaxQPS is 690/s for all instances together, 115/s for each, but an instance ",
		"that takes over its shards needs 116.5/s: 17/s for that and 99.5/s for 150 transitions/s",
	])}
		with input as fixture.profile({"history.persistenceGlobalMaxQPS": 690})
}

# [hasCaller in common/persistence/client/quotas.go and newQueueIOContext in service/history/queues of
# the server, 1.29 to 1.32]
test_limits_of_namespaces_leave_the_own_calls_of_the_server_alone if {
	count(persistence_qps_headroom.warn) == 0 with input as fixture.profile({
		"history.persistenceNamespaceMaxQPS": 100,
		"history.persistenceGlobalNamespaceMaxQPS": 600,
		"history.persistencePerShardNamespaceMaxQPS": 2,
	})
}

test_leaves_a_starved_service_to_its_own_rule if {
	count(persistence_qps_headroom.warn) == 0 with input as fixture.profile({"history.persistenceMaxQPS": 99})
}

test_holds_with_room if {
	count(persistence_qps_headroom.warn) == 0 with input as fixture.profile({"history.persistenceMaxQPS": 117})
}

test_holds_for_a_healthy_profile if count(persistence_qps_headroom.warn) == 0 with input as fixture.profile({})

test_reports_a_missing_need if {
	fixture.messages(persistence_qps_headroom.warn) == {
		"cannot be evaluated: needs.shard_start_requests is missing from the profile",
	}
		with input as fixture.without_need("shard_start_requests")
}
