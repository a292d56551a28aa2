package guardrails.access.token_duration_over_limit_test

import data.guardrails.access.token_duration_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_range if {
	fixture.messages(token_duration_over_limit.warn) == {
		"a token life of 24h is above the plugin's maximum of 900 s: the plugin uses 900 s instead",
	}
		with input as fixture.profile({"dsql.token_duration": "24h"})
}

test_fires_below_the_range if {
	fixture.messages(token_duration_over_limit.warn) == {
		"a token life of 14s is below the plugin's minimum of 15 s: the plugin uses 900 s instead",
	}
		with input as fixture.profile({"dsql.token_duration": "14s"})
}

test_holds_for_a_healthy_profile if count(token_duration_over_limit.warn) == 0 with input as fixture.profile({})

test_holds_at_the_upper_end if {
	count(token_duration_over_limit.warn) == 0 with input as fixture.profile({"dsql.token_duration": "15m"})
}

test_holds_at_the_lower_end if {
	count(token_duration_over_limit.warn) == 0 with input as fixture.profile({"dsql.token_duration": "15s"})
}

test_reports_a_missing_parameter if {
	fixture.messages(token_duration_over_limit.warn) == {
		"cannot be evaluated: dsql.token_duration is missing from the profile",
	}
		with input as fixture.without("dsql.token_duration")
}
