package guardrails.rotation.reservoir_lifetime_limit_test

import data.guardrails.rotation.reservoir_lifetime_limit
import data.lib.fixture_test as fixture

test_fires_at_the_limit if {
	fixture.messages(reservoir_lifetime_limit.deny) == {
		concat("", [
			"base lifetime 58m45s + jitter 2m - guard window 45s = 3600 s of waiting, not under the 3600 s after ",
			"which the cluster closes a connection",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_base_lifetime": "58m45s"})
}

test_holds_for_a_healthy_profile if count(reservoir_lifetime_limit.deny) == 0 with input as fixture.profile({})

test_holds_below_the_limit if {
	count(reservoir_lifetime_limit.deny) == 0 with input as fixture.profile({"dsql.reservoir_base_lifetime": "58m44s"})
}

test_needs_a_reservoir if {
	count(reservoir_lifetime_limit.deny) == 0
		with input as fixture.profile({"dsql.reservoir_base_lifetime": "59m", "dsql.reservoir_enabled": false})
}

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_lifetime_limit.deny) == {
		"cannot be evaluated: dsql.reservoir_guard_window is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_guard_window")
}
