package guardrails.open_rate.pool_growth_over_open_rate_test

import data.guardrails.open_rate.pool_growth_over_open_rate
import data.lib.fixture_test as fixture

# 15 instances, each with a pool of 50 and a reservoir of 50
growing(changes) := object.union(fixture.profile(changes), {"deployed": fixture.healthy})

# 15 x 166 = 2490 at once, against a burst of 1000 and 50 a second for 30 s, and then for less
test_fires_above_the_room if {
	fixture.messages(pool_growth_over_open_rate.deny) == {
		concat("", [
			"from 1725 connections to 3465, and 15 instances that start at once open 2490: a burst of 1000 ",
			"and 50/s over the 29s that a start waits open 2450",
		]),
	}
		with input as growing({"dsql.reservoir_target_ready": 166, "dsql.reservoir_initial_fill_timeout": "29s"})
}

test_holds_within_the_room if {
	count(pool_growth_over_open_rate.deny) == 0 with input as growing({"dsql.reservoir_target_ready": 166})
}

test_counts_what_starts_at_once if {
	fixture.messages(pool_growth_over_open_rate.deny) == {
		concat("", [
			"from 1725 connections to 6975, and 8 instances that start at once open 3200: a burst of 1000 ",
			"and 50/s over the 30s that a start waits open 2500",
		]),
	}
		with input as growing({"dsql.reservoir_target_ready": 400, "deployment.rolling_surge": 50})
	count(pool_growth_over_open_rate.deny) == 0
		with input as growing({"dsql.reservoir_target_ready": 400, "deployment.rolling_surge": 30})
}

test_holds_where_nothing_grows if {
	large := object.union(fixture.healthy, {"dsql.reservoir_target_ready": 200})
	count(pool_growth_over_open_rate.deny) == 0
		with input as object.union(fixture.profile({"dsql.reservoir_target_ready": 200}), {"deployed": large})
}

test_reports_what_deployed_does_not_say if {
	fixture.messages(pool_growth_over_open_rate.deny) == {
		"cannot be evaluated: deployed has no value of persistence.maxConns",
	}
		with input as object.union(
			fixture.profile({}),
			{"deployed": object.remove(fixture.healthy, ["persistence.maxConns"])},
		)
}

test_holds_for_a_healthy_profile if count(pool_growth_over_open_rate.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(pool_growth_over_open_rate.deny) == {
		"cannot be evaluated: dsql.reservoir_initial_fill_timeout is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_initial_fill_timeout")
}
