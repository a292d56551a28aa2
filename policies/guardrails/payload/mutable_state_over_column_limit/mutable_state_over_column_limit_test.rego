package guardrails.payload.mutable_state_over_column_limit_test

import data.guardrails.payload.mutable_state_over_column_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(mutable_state_over_column_limit.deny) == {
		"limit.mutableStateSize.error accepts 1048577 bytes of mutable state, over the 1048576 of a column value",
	}
		with input as fixture.profile({"limit.mutableStateSize.error": 1048577})
}

test_names_the_default_of_the_server if {
	fixture.messages(mutable_state_over_column_limit.deny) == {
		concat("", [
			"limit.mutableStateSize.error (the server's default) accepts 8388608 bytes of mutable state, over ",
			"the 1048576 of a column value",
		]),
	}
		with input as fixture.defaulting({"limit.mutableStateSize.error": 8388608})
}

test_holds_for_a_healthy_profile if count(mutable_state_over_column_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(mutable_state_over_column_limit.deny) == 0
		with input as fixture.profile({"limit.mutableStateSize.error": 1048576})
}

test_reports_a_missing_parameter if {
	fixture.messages(mutable_state_over_column_limit.deny) == {
		"cannot be evaluated: limit.mutableStateSize.error is missing from the profile",
	}
		with input as fixture.without("limit.mutableStateSize.error")
}
