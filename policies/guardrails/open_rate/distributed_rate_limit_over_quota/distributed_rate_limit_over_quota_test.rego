package guardrails.open_rate.distributed_rate_limit_over_quota_test

import data.guardrails.open_rate.distributed_rate_limit_over_quota
import data.lib.fixture_test as fixture

test_fires_above_the_rate if {
	fixture.messages(distributed_rate_limit_over_quota.deny) == {
		"the shared limiter allows 101 connections/s, over the cluster's 100/s",
	}
		with input as fixture.profile({
			"dsql.distributed_rate_limiter_enabled": true,
			"dsql.distributed_rate_limiter_limit": 101,
		})
}

test_holds_for_a_healthy_profile if count(distributed_rate_limit_over_quota.deny) == 0 with input as fixture.profile({})

test_holds_at_the_rate if {
	count(distributed_rate_limit_over_quota.deny) == 0
		with input as fixture.profile({"dsql.distributed_rate_limiter_enabled": true})
}

test_needs_a_limiter if {
	count(distributed_rate_limit_over_quota.deny) == 0
		with input as fixture.profile({"dsql.distributed_rate_limiter_limit": 101})
}

test_reports_a_missing_parameter if {
	fixture.messages(distributed_rate_limit_over_quota.deny) == {
		"cannot be evaluated: dsql.distributed_rate_limiter_limit is missing from the profile",
	}
		with input as fixture.without("dsql.distributed_rate_limiter_limit")
}
