package guardrails.open_rate.pool_growth_over_open_rate_test

import data.guardrails.open_rate.pool_growth_over_open_rate
import data.lib.fixture_test as fixture

# 15 instances with two pools of 50: the reservoir opens as many as the pool holds
growing(changes) := object.union(fixture.profile(changes), {"deployed": fixture.healthy})

# 2490 in all, against a burst of 1000 and 50 a second for 30 s, and then for less
test_fires_above_the_room if {
	fixture.messages(pool_growth_over_open_rate.deny) == {"from 1500 connections to 2490, 2490 of them at once: a burst of 1000 and 50/s over the 29s that a caller waits open 2450"} with input as growing({"persistence.maxConns": 83, "dsql.connection_timeout": "29s"})
}

test_holds_within_the_room if {
	count(pool_growth_over_open_rate.deny) == 0 with input as growing({"persistence.maxConns": 83})
}

test_counts_what_starts_at_once if {
	fixture.messages(pool_growth_over_open_rate.deny) == {"from 1500 connections to 6000, 3200 of them at once: a burst of 1000 and 50/s over the 30s that a caller waits open 2500"} with input as growing({"persistence.maxConns": 200, "deployment.rolling_surge": 50})
	count(pool_growth_over_open_rate.deny) == 0 with input as growing({"persistence.maxConns": 200, "deployment.rolling_surge": 40})
}

test_holds_where_nothing_grows if {
	large := object.union(fixture.healthy, {"persistence.maxConns": 200})
	count(pool_growth_over_open_rate.deny) == 0 with input as object.union(fixture.profile({"persistence.maxConns": 200}), {"deployed": large})
}

test_reports_what_deployed_does_not_say if {
	fixture.messages(pool_growth_over_open_rate.deny) == {"cannot be judged: deployed does not say what visibility.store is"} with input as object.union(fixture.profile({}), {"deployed": object.remove(fixture.healthy, ["visibility.store"])})
}

test_holds_for_a_healthy_profile if count(pool_growth_over_open_rate.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(pool_growth_over_open_rate.deny) == {"cannot be judged: dsql.connection_timeout is missing from the profile"} with input as fixture.without("dsql.connection_timeout")
}
