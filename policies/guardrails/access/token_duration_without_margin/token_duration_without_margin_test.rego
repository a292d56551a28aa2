package guardrails.access.token_duration_without_margin_test

import data.guardrails.access.token_duration_without_margin
import data.lib.fixture_test as fixture

test_fires_above_the_margin if {
	fixture.messages(token_duration_without_margin.warn) == {"a token of 14m1s lasts 841 s, over the 840 s that leave a margin of 60 s"} with input as fixture.profile({"dsql.token_duration": "14m1s"})
}

test_fires_at_the_limit if {
	fixture.messages(token_duration_without_margin.warn) == {"a token of 15m lasts 900 s, over the 840 s that leave a margin of 60 s"} with input as fixture.profile({"dsql.token_duration": "15m"})
}

test_holds_for_a_healthy_profile if count(token_duration_without_margin.warn) == 0 with input as fixture.profile({})

test_holds_at_the_margin if count(token_duration_without_margin.warn) == 0 with input as fixture.profile({"dsql.token_duration": "14m"})

test_leaves_what_is_over_the_limit_to_the_error if count(token_duration_without_margin.warn) == 0 with input as fixture.profile({"dsql.token_duration": "16m"})

test_reports_a_missing_parameter if {
	fixture.messages(token_duration_without_margin.warn) == {"cannot be judged: dsql.token_duration is missing from the profile"} with input as fixture.without("dsql.token_duration")
}
