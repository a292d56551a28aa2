package guardrails.open_rate.open_burst_budget_test

import data.guardrails.open_rate.open_burst_budget
import data.lib.fixture_test as fixture

test_fires_above_the_burst if {
	fixture.messages(open_burst_budget.deny) == {
		"15 instances x a burst of 67 = 1005 connections at once, over the cluster's 1000",
	}
		with input as fixture.profile({"dsql.connection_burst_limit": 67})
}

test_fires_where_the_shared_limiter_falls_back if {
	fixture.messages(open_burst_budget.deny) == {
		"15 instances x a burst of 67 = 1005 connections at once, over the cluster's 1000",
	}
		with input as fixture.profile({"dsql.distributed_rate_limiter_enabled": true, "dsql.connection_burst_limit": 67})
}

test_holds_for_a_healthy_profile if count(open_burst_budget.deny) == 0 with input as fixture.profile({})

test_holds_at_the_burst if {
	count(open_burst_budget.deny) == 0
		with input as fixture.profile({"history.replicas": 1, "dsql.connection_burst_limit": 100})
}

test_leaves_a_shared_budget_alone if {
	count(open_burst_budget.deny) == 0
		with input as fixture.profile({
			"dsql.connection_burst_limit": 100,
			"dsql.distributed_rate_limiter_enabled": true,
			"dsql.distributed_rate_limiter_table": "limiter",
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(open_burst_budget.deny) == {
		"cannot be evaluated: dsql.connection_burst_limit is missing from the profile",
	}
		with input as fixture.without("dsql.connection_burst_limit")
}
