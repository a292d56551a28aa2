package guardrails.connections.pool_too_small_test

import data.guardrails.connections.pool_too_small
import data.lib.fixture_test as fixture

test_fires_below_the_share if {
	fixture.messages(pool_too_small.warn) == {
		concat("", [
			"7 connections with calls of up to 50 ms = 140 calls/s, but 150 transitions/s x 6 calls over 6 ",
			"instances of history need 150 of each",
		]),
	}
		with input as fixture.profile({"persistence.maxConns": 7})
}

test_fires_for_more_load if {
	fixture.messages(pool_too_small.warn) == {
		concat("", [
			"50 connections with calls of up to 50 ms = 1000 calls/s, but 200 transitions/s x 6 calls over 1 ",
			"instance of history need 1200 of each",
		]),
	}
		with input as fixture.profile({"target_state_transitions_per_sec": 200, "history.replicas": 1})
}

test_fires_for_slower_writes if {
	fixture.messages(pool_too_small.warn) == {
		concat("", [
			"50 connections with calls of up to 400 ms = 125 calls/s, but 150 transitions/s x 6 calls over 6 ",
			"instances of history need 150 of each",
		]),
	}
		with input as object.union(fixture.profile({}), {"planned": {"write_p99_ms": 400}})
}

test_holds_for_a_healthy_profile if count(pool_too_small.warn) == 0 with input as fixture.profile({})

test_holds_at_the_share if {
	count(pool_too_small.warn) == 0 with input as fixture.profile({"target_state_transitions_per_sec": 1000})
}

test_reports_a_missing_parameter if {
	fixture.messages(pool_too_small.warn) == {"cannot be evaluated: persistence.maxConns is missing from the profile"}
		with input as fixture.without("persistence.maxConns")
}
