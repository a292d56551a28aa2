package guardrails.connections.pool_too_small_test

import data.guardrails.connections.pool_too_small
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(pool_too_small.deny) == {concat("", [
		"8 connections, but 150 transitions/s of 213.21 connection-ms each over 6 instances of history need 9 of ",
		"each, the busiest one's share, with room for bursts",
	])}
		with input as fixture.profile({"persistence.maxConns": 8})
}

test_holds_for_a_healthy_profile if count(pool_too_small.deny) == 0 with input as fixture.profile({})

test_holds_at_the_need if count(pool_too_small.deny) == 0 with input as fixture.profile({"persistence.maxConns": 9})

test_reports_a_missing_parameter if {
	fixture.messages(pool_too_small.deny) == {"cannot be evaluated: persistence.maxConns is missing from the profile"}
		with input as fixture.without("persistence.maxConns")
}

test_reports_a_missing_need if {
	fixture.messages(pool_too_small.deny) == {"cannot be evaluated: needs.pool_needed is missing from the profile"}
		with input as fixture.without_need("pool_needed")
}
