package guardrails.connections.cluster_connection_limit_test

import data.guardrails.connections.cluster_connection_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(cluster_connection_limit.deny) == {"15 instances x 2 pools x 167 connections x 2 during a rolling update = 10020, over the cluster's 10000 connections"} with input as fixture.profile({"persistence.maxConns": 167, "dsql.reservoir_target_ready": 167})
}

test_counts_what_the_reservoir_opens if {
	fixture.messages(cluster_connection_limit.deny) == {"15 instances x 2 pools x 200 connections x 2 during a rolling update = 12000, over the cluster's 10000 connections"} with input as fixture.profile({"dsql.reservoir_target_ready": 200})
}

test_counts_one_pool_without_visibility_in_dsql if {
	fixture.messages(cluster_connection_limit.deny) == {"15 instances x 1 pool x 400 connections x 2 during a rolling update = 12000, over the cluster's 10000 connections"} with input as fixture.profile({"visibility.store": "opensearch", "persistence.maxConns": 400, "dsql.reservoir_enabled": false})
}

test_holds_for_a_healthy_profile if count(cluster_connection_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if count(cluster_connection_limit.deny) == 0 with input as fixture.profile({"history.replicas": 91, "deployment.rolling_surge": 0})

test_reports_a_missing_parameter if {
	fixture.messages(cluster_connection_limit.deny) == {"cannot be judged: persistence.maxConns is missing from the profile"} with input as fixture.without("persistence.maxConns")
}
