package guardrails.connections.startup_reservoirs_over_limit_test

import data.guardrails.connections.startup_reservoirs_over_limit
import data.lib.fixture_test as fixture

first(changes) := object.union(fixture.profile(changes), {"dsql_plugin_version": "1"})

test_fires_above_the_limit if {
	fixture.messages(startup_reservoirs_over_limit.deny) == {"30 instances during a rolling update x (134 in the pool + 4 reservoirs of 50) = 10020 connections, over the cluster's 10000"} with input as first({"persistence.maxConns": 134})
}

test_holds_at_the_limit if {
	count(startup_reservoirs_over_limit.deny) == 0 with input as first({"persistence.maxConns": 133})
}

test_leaves_what_is_over_the_limit_anyway_to_its_rule if {
	count(startup_reservoirs_over_limit.deny) == 0 with input as first({"persistence.maxConns": 300})
}

test_holds_for_the_second_generation if {
	count(startup_reservoirs_over_limit.deny) == 0 with input as object.union(fixture.profile({"persistence.maxConns": 134}), {"dsql_plugin_version": "2"})
}

test_holds_for_a_healthy_profile if count(startup_reservoirs_over_limit.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(startup_reservoirs_over_limit.deny) == {"cannot be judged: persistence.maxConns is missing from the profile"} with input as fixture.without("persistence.maxConns")
}
