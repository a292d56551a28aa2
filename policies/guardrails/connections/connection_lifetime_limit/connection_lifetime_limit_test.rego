package guardrails.connections.connection_lifetime_limit_test

import data.guardrails.connections.connection_lifetime_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(connection_lifetime_limit.deny) == {
		concat("", [
			"a connection of 55m1s and a transaction of 300 s on it may last 3601 s, over the 3600 s after which ",
			"the cluster closes it",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_enabled": false, "dsql.max_conn_lifetime": "55m1s"})
}

test_holds_for_a_healthy_profile if count(connection_lifetime_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(connection_lifetime_limit.deny) == 0
		with input as fixture.profile({"dsql.reservoir_enabled": false, "dsql.max_conn_lifetime": "55m"})
}

test_does_not_apply_to_a_reservoir if {
	count(connection_lifetime_limit.deny) == 0 with input as fixture.profile({"dsql.max_conn_lifetime": "59m"})
}

test_reports_a_missing_parameter if {
	fixture.messages(connection_lifetime_limit.deny) == {
		"cannot be evaluated: dsql.max_conn_lifetime is missing from the profile",
	}
		with input as fixture.without("dsql.max_conn_lifetime")
}
