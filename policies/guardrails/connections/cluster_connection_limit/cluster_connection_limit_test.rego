package guardrails.connections.cluster_connection_limit_test

import data.guardrails.connections.cluster_connection_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(cluster_connection_limit.deny) == {
		concat("", [
			"30 instances during a rolling update x (160 in the pool + 160 in the reservoir + 15 left by its ",
			"start) = 10050 connections, over the cluster's 10000",
		]),
	}
		with input as fixture.profile({"persistence.maxConns": 160, "dsql.reservoir_target_ready": 160})
}

test_counts_the_reservoir_on_top if {
	fixture.messages(cluster_connection_limit.deny) == {
		concat("", [
			"30 instances during a rolling update x (50 in the pool + 269 in the reservoir + 15 left by its ",
			"start) = 10020 connections, over the cluster's 10000",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 269})
}

test_counts_a_watermark_above_the_target if {
	fixture.messages(cluster_connection_limit.deny) == {
		concat("", [
			"30 instances during a rolling update x (50 in the pool + 269 in the reservoir + 15 left by its ",
			"start) = 10020 connections, over the cluster's 10000",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 20, "dsql.reservoir_low_watermark": 269})
}

test_counts_the_reservoirs_that_the_first_generation_never_stops if {
	fixture.messages(cluster_connection_limit.deny) == {
		concat("", [
			"30 instances during a rolling update x (134 in the pool + 50 in the reservoir + 150 left by its ",
			"start) = 10020 connections, over the cluster's 10000",
		]),
	}
		with input as first({"persistence.maxConns": 134})
	count(cluster_connection_limit.deny) == 0 with input as first({"persistence.maxConns": 133})
	count(cluster_connection_limit.deny) == 0 with input as fixture.profile({"persistence.maxConns": 134})
}

first(changes) := object.union(fixture.profile(changes), {"dsql_plugin_version": "1"})

test_counts_the_pool_alone_without_a_reservoir if {
	fixture.messages(cluster_connection_limit.deny) == {
		"30 instances during a rolling update x 334 = 10020 connections, over the cluster's 10000",
	}
		with input as fixture.profile({"persistence.maxConns": 334, "dsql.reservoir_enabled": false})
}

test_holds_for_a_healthy_profile if count(cluster_connection_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(cluster_connection_limit.deny) == 0
		with input as fixture.profile({"history.replicas": 91, "deployment.rolling_surge": 0, "persistence.maxConns": 35})
}

test_reports_a_missing_parameter if {
	fixture.messages(cluster_connection_limit.deny) == {
		"cannot be evaluated: persistence.maxConns is missing from the profile",
	}
		with input as fixture.without("persistence.maxConns")
}
