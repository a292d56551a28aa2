package guardrails.access.connection_unsigned_test

import data.guardrails.access.connection_unsigned
import data.lib.fixture_test as fixture

test_fires_without_it if {
	fixture.messages(connection_unsigned.deny) == {"server.sql_iam_auth is off"} with input as fixture.profile({"server.sql_iam_auth": false})
}

test_holds_for_a_healthy_profile if count(connection_unsigned.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(connection_unsigned.deny) == {"cannot be judged: server.sql_iam_auth is missing from the profile"} with input as fixture.without("server.sql_iam_auth")
}
