package guardrails.connections.connection_budget_headroom_test

import data.guardrails.connections.connection_budget_headroom
import data.lib.fixture_test as fixture

test_fires_above_the_share if {
	fixture.messages(connection_budget_headroom.warn) == {
		concat("", [
			"30 instances during a rolling update x (126 in the pool + 126 in the reservoir + 15 left by its ",
			"start) = 8010 connections, over the 8000 that a deployment should plan for (0.8 of the cluster's ",
			"10000)",
		]),
	}
		with input as fixture.profile({"persistence.maxConns": 126, "dsql.reservoir_target_ready": 126})
}

test_fires_at_the_limit if {
	fixture.messages(connection_budget_headroom.warn) == {
		concat("", [
			"100 instances during a rolling update x (35 in the pool + 50 in the reservoir + 15 left by its ",
			"start) = 10000 connections, over the 8000 that a deployment should plan for (0.8 of the cluster's ",
			"10000)",
		]),
	}
		with input as fixture.profile({"history.replicas": 91, "deployment.rolling_surge": 0, "persistence.maxConns": 35})
}

test_holds_for_a_healthy_profile if count(connection_budget_headroom.warn) == 0 with input as fixture.profile({})

test_holds_at_the_share if {
	count(connection_budget_headroom.warn) == 0
		with input as fixture.profile({"history.replicas": 71, "deployment.rolling_surge": 0, "persistence.maxConns": 35})
}

test_leaves_what_is_over_the_limit_to_the_error if {
	count(connection_budget_headroom.warn) == 0 with input as fixture.profile({"persistence.maxConns": 284})
}

test_reports_a_missing_parameter if {
	fixture.messages(connection_budget_headroom.warn) == {
		"cannot be evaluated: deployment.rolling_surge is missing from the profile",
	}
		with input as fixture.without("deployment.rolling_surge")
}
