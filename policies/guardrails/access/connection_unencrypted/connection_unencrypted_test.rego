package guardrails.access.connection_unencrypted_test

import data.guardrails.access.connection_unencrypted
import data.lib.fixture_test as fixture

test_fires_without_it if {
	fixture.messages(connection_unencrypted.deny) == {"server.sql_tls_enabled is off"}
		with input as fixture.profile({"server.sql_tls_enabled": false})
}

test_holds_for_a_healthy_profile if count(connection_unencrypted.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(connection_unencrypted.deny) == {
		"cannot be evaluated: server.sql_tls_enabled is missing from the profile",
	}
		with input as fixture.without("server.sql_tls_enabled")
}
