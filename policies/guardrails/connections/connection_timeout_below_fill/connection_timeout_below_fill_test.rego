package guardrails.connections.connection_timeout_below_fill_test

import data.guardrails.connections.connection_timeout_below_fill
import data.lib.fixture_test as fixture

test_fires_below_the_fill if {
	fixture.messages(connection_timeout_below_fill.warn) == {"1500 connections need 5 s to open at 100/s after a burst of 1000, and a caller waits 4s; it should wait 5 s"} with input as fixture.profile({"dsql.connection_timeout": "4s"})
}

test_asks_for_no_more_than_the_ceiling if {
	fixture.messages(connection_timeout_below_fill.warn) == {"15000 connections need 140 s to open at 100/s after a burst of 1000, and a caller waits 119s; it should wait 120 s"} with input as fixture.profile({"history.replicas": 141, "dsql.connection_timeout": "119s"})
}

test_holds_for_a_healthy_profile if count(connection_timeout_below_fill.warn) == 0 with input as fixture.profile({})

test_holds_at_the_fill if count(connection_timeout_below_fill.warn) == 0 with input as fixture.profile({"dsql.connection_timeout": "5s"})

test_reports_a_missing_parameter if {
	fixture.messages(connection_timeout_below_fill.warn) == {"cannot be judged: dsql.connection_timeout is missing from the profile"} with input as fixture.without("dsql.connection_timeout")
}
