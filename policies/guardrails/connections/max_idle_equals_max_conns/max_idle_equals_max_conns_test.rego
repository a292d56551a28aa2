package guardrails.connections.max_idle_equals_max_conns_test

import data.guardrails.connections.max_idle_equals_max_conns
import data.lib.fixture_test as fixture

test_fires_below if {
	fixture.messages(max_idle_equals_max_conns.deny) == {"persistence.maxIdleConns is 49 and persistence.maxConns is 50"}
		with input as fixture.profile({"persistence.maxIdleConns": 49})
}

test_fires_above if {
	fixture.messages(max_idle_equals_max_conns.deny) == {"persistence.maxIdleConns is 51 and persistence.maxConns is 50"}
		with input as fixture.profile({"persistence.maxIdleConns": 51})
}

test_holds_for_a_healthy_profile if count(max_idle_equals_max_conns.deny) == 0 with input as fixture.profile({})

test_holds_when_equal if {
	count(max_idle_equals_max_conns.deny) == 0
		with input as fixture.profile({"persistence.maxConns": 40, "persistence.maxIdleConns": 40})
}

test_reports_a_missing_parameter if {
	fixture.messages(max_idle_equals_max_conns.deny) == {
		"cannot be evaluated: persistence.maxIdleConns is missing from the profile",
	}
		with input as fixture.without("persistence.maxIdleConns")
}
