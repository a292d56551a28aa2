package guardrails.open_rate.token_bucket_over_quota_test

import data.guardrails.open_rate.token_bucket_over_quota
import data.lib.fixture_test as fixture

test_fires_above_rate_and_burst if {
	fixture.messages(token_bucket_over_quota.deny) == {
		"dsql.token_bucket_rate is 101, over the cluster's 100",
		"dsql.token_bucket_capacity is 1001, over the cluster's 1000",
	}
		with input as fixture.profile({
			"dsql.token_bucket_enabled": true,
			"dsql.token_bucket_rate": 101,
			"dsql.token_bucket_capacity": 1001,
		})
}

test_holds_for_a_healthy_profile if count(token_bucket_over_quota.deny) == 0 with input as fixture.profile({})

test_holds_at_rate_and_burst if {
	count(token_bucket_over_quota.deny) == 0 with input as fixture.profile({"dsql.token_bucket_enabled": true})
}

test_needs_a_bucket if {
	count(token_bucket_over_quota.deny) == 0 with input as fixture.profile({"dsql.token_bucket_rate": 101})
}

test_reports_a_missing_parameter if {
	fixture.messages(token_bucket_over_quota.deny) == {
		"cannot be evaluated: dsql.token_bucket_capacity is missing from the profile",
	}
		with input as fixture.without("dsql.token_bucket_capacity")
}
