package guardrails.reservoir.reservoir_never_ready_test

import data.guardrails.reservoir.reservoir_never_ready
import data.lib.fixture_test as fixture

test_fires_when_nothing_is_left if {
	fixture.messages(reservoir_never_ready.deny) == {"jitter 2m + guard window 45s = 165 s take up the base lifetime of 2m45s"} with input as fixture.profile({"dsql.reservoir_base_lifetime": "2m45s"})
}

test_holds_for_a_healthy_profile if count(reservoir_never_ready.deny) == 0 with input as fixture.profile({})

test_holds_when_a_second_is_left if count(reservoir_never_ready.deny) == 0 with input as fixture.profile({"dsql.reservoir_base_lifetime": "2m46s"})

test_needs_a_reservoir if count(reservoir_never_ready.deny) == 0 with input as fixture.profile({"dsql.reservoir_base_lifetime": "1m", "dsql.reservoir_enabled": false})

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_never_ready.deny) == {"cannot be judged: dsql.reservoir_base_lifetime is missing from the profile"} with input as fixture.without("dsql.reservoir_base_lifetime")
}
