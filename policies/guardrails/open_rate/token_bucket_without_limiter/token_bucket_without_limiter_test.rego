package guardrails.open_rate.token_bucket_without_limiter_test

import data.guardrails.open_rate.token_bucket_without_limiter
import data.lib.fixture_test as fixture

test_fires_without_the_limiter if {
	fixture.messages(token_bucket_without_limiter.warn) == {
		concat("", [
			"dsql.token_bucket_enabled is on and dsql.distributed_rate_limiter_enabled is off: each instance ",
			"keeps to its own limiter",
		]),
	}
		with input as fixture.profile({"dsql.token_bucket_enabled": true})
}

test_holds_for_a_healthy_profile if count(token_bucket_without_limiter.warn) == 0 with input as fixture.profile({})

test_holds_with_the_limiter if {
	count(token_bucket_without_limiter.warn) == 0
		with input as fixture.profile({"dsql.token_bucket_enabled": true, "dsql.distributed_rate_limiter_enabled": true})
}

test_reports_a_missing_parameter if {
	fixture.messages(token_bucket_without_limiter.warn) == {
		"cannot be evaluated: dsql.token_bucket_enabled is missing from the profile",
	}
		with input as fixture.without("dsql.token_bucket_enabled")
}
