package guardrails.access.token_duration_without_margin_test

import data.guardrails.access.token_duration_without_margin
import data.lib.fixture_test as fixture

test_fires_below_the_margin if {
	fixture.messages(token_duration_without_margin.warn) == {
		"a token of 4m59s is replaced 59.8 s before its end, under the margin of 60 s",
	}
		with input as fixture.profile({"dsql.token_duration": "4m59s"})
}

test_holds_for_a_healthy_profile if count(token_duration_without_margin.warn) == 0 with input as fixture.profile({})

test_holds_at_the_margin if {
	count(token_duration_without_margin.warn) == 0 with input as fixture.profile({"dsql.token_duration": "5m"})
}

test_leaves_what_is_below_the_range_to_the_other_rule if {
	count(token_duration_without_margin.warn) == 0 with input as fixture.profile({"dsql.token_duration": "14s"})
}

test_reports_a_missing_parameter if {
	fixture.messages(token_duration_without_margin.warn) == {
		"cannot be evaluated: dsql.token_duration is missing from the profile",
	}
		with input as fixture.without("dsql.token_duration")
}
