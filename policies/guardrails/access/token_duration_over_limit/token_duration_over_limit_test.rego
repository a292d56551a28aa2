package guardrails.access.token_duration_over_limit_test

import data.guardrails.access.token_duration_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(token_duration_over_limit.deny) == {"a token of 15m1s lasts 901 s, over the 900 s that the cluster accepts"} with input as fixture.profile({"dsql.token_duration": "15m1s"})
}

test_holds_for_a_healthy_profile if count(token_duration_over_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if count(token_duration_over_limit.deny) == 0 with input as fixture.profile({"dsql.token_duration": "15m"})

test_reports_a_missing_parameter if {
	fixture.messages(token_duration_over_limit.deny) == {"cannot be judged: dsql.token_duration is missing from the profile"} with input as fixture.without("dsql.token_duration")
}
