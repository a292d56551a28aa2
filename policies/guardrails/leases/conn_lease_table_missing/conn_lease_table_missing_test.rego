package guardrails.leases.conn_lease_table_missing_test

import data.guardrails.leases.conn_lease_table_missing
import data.lib.fixture_test as fixture

test_fires_without_a_table if {
	fixture.messages(conn_lease_table_missing.warn) == {
		"dsql.slot_block_enabled is on and dsql.conn_lease_table is empty: the plugin goes on without leases",
	}
		with input as fixture.profile({"dsql.slot_block_enabled": true})
}

test_holds_for_a_healthy_profile if count(conn_lease_table_missing.warn) == 0 with input as fixture.profile({})

test_holds_with_a_table if {
	count(conn_lease_table_missing.warn) == 0
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.conn_lease_table": "leases"})
}

test_reports_a_missing_parameter if {
	fixture.messages(conn_lease_table_missing.warn) == {
		"cannot be evaluated: dsql.conn_lease_table is missing from the profile",
	}
		with input as fixture.without("dsql.conn_lease_table")
}
