package guardrails.reservoir.reservoir_never_ready_test

import data.guardrails.reservoir.reservoir_never_ready
import data.lib.fixture_test as fixture

test_fires_when_some_are_never_handed_out if {
	fixture.messages(reservoir_never_ready.deny) == {
		concat("", [
			"the guard window of 90s takes up the base lifetime of 1m: 25 % of the connections are discarded as ",
			"soon as they are open",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_base_lifetime": "1m", "dsql.reservoir_guard_window": "90s"})
}

test_fires_when_none_is_handed_out if {
	fixture.messages(reservoir_never_ready.deny) == {
		concat("", [
			"the guard window of 3m takes up the base lifetime of 1m: all of the connections are discarded as ",
			"soon as they are open",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_base_lifetime": "1m", "dsql.reservoir_guard_window": "3m"})
}

test_holds_for_a_healthy_profile if count(reservoir_never_ready.deny) == 0 with input as fixture.profile({})

test_holds_when_a_second_is_left if {
	count(reservoir_never_ready.deny) == 0
		with input as fixture.profile({"dsql.reservoir_base_lifetime": "61s", "dsql.reservoir_guard_window": "1m"})
}

test_needs_a_reservoir if {
	count(reservoir_never_ready.deny) == 0
		with input as fixture.profile({
			"dsql.reservoir_base_lifetime": "1m",
			"dsql.reservoir_guard_window": "3m",
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_never_ready.deny) == {
		"cannot be evaluated: dsql.reservoir_base_lifetime is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_base_lifetime")
}
