package guardrails.open_rate.open_rate_budget_test

import data.guardrails.open_rate.open_rate_budget
import data.lib.fixture_test as fixture

test_fires_above_the_rate if {
	fixture.messages(open_rate_budget.deny) == {"15 instances x 7/s = 105 connections/s, over the cluster's 100/s"}
		with input as fixture.profile({"dsql.connection_rate_limit": 7})
}

test_fires_where_the_shared_limiter_falls_back if {
	fixture.messages(open_rate_budget.deny) == {"15 instances x 7/s = 105 connections/s, over the cluster's 100/s"}
		with input as fixture.profile({"dsql.distributed_rate_limiter_enabled": true, "dsql.connection_rate_limit": 7})
}

test_says_when_only_a_shared_limiter_helps if {
	fixture.messages(open_rate_budget.deny) == {
		"101 instances x 1/s = 101 connections/s, over the cluster's 100/s: so many instances need the distributed limiter",
	}
		with input as fixture.profile({"history.replicas": 92, "dsql.connection_rate_limit": 1})
}

test_leaves_a_way_out_while_each_instance_may_open_one if {
	fixture.messages(open_rate_budget.deny) == {"100 instances x 2/s = 200 connections/s, over the cluster's 100/s"}
		with input as fixture.profile({"history.replicas": 91, "dsql.connection_rate_limit": 2})
}

test_holds_for_a_healthy_profile if count(open_rate_budget.deny) == 0 with input as fixture.profile({})

test_holds_at_the_rate if {
	count(open_rate_budget.deny) == 0
		with input as fixture.profile({"history.replicas": 11, "dsql.connection_rate_limit": 5})
}

test_leaves_a_shared_budget_alone if {
	count(open_rate_budget.deny) == 0
		with input as fixture.profile({
			"dsql.connection_rate_limit": 10,
			"dsql.distributed_rate_limiter_enabled": true,
			"dsql.distributed_rate_limiter_table": "limiter",
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(open_rate_budget.deny) == {
		"cannot be evaluated: dsql.connection_rate_limit is missing from the profile",
	}
		with input as fixture.without("dsql.connection_rate_limit")
}
