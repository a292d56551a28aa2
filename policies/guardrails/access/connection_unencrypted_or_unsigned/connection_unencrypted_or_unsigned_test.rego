package guardrails.access.connection_unencrypted_or_unsigned_test

import data.guardrails.access.connection_unencrypted_or_unsigned
import data.lib.fixture_test as fixture

test_fires_without_tls if {
	fixture.messages(connection_unencrypted_or_unsigned.deny) == {"server.sql_tls_enabled is off"} with input as fixture.profile({"server.sql_tls_enabled": false})
}

test_fires_without_iam if {
	fixture.messages(connection_unencrypted_or_unsigned.deny) == {"server.sql_iam_auth is off"} with input as fixture.profile({"server.sql_iam_auth": false})
}

test_holds_for_a_healthy_profile if count(connection_unencrypted_or_unsigned.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(connection_unencrypted_or_unsigned.deny) == {"cannot be judged: server.sql_iam_auth is missing from the profile"} with input as fixture.without("server.sql_iam_auth")
}
