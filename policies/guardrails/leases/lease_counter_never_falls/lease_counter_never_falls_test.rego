package guardrails.leases.lease_counter_never_falls_test

import data.guardrails.leases.lease_counter_never_falls
import data.lib.fixture_test as fixture

first := {"dsql_plugin_version": "1"}

leases := {"dsql.slot_block_enabled": true, "dsql.distributed_conn_limit": 10000}

test_fires_with_leases_of_the_first_generation if {
	fixture.messages(lease_counter_never_falls.deny) == {
		"each process that ends leaves 200 leases in the count: 50 restarts use up all 10000",
	}
		with input as object.union(fixture.profile(leases), first)
}

test_holds_for_a_healthy_profile if count(lease_counter_never_falls.deny) == 0 with input as fixture.profile({})

test_holds_without_leases if {
	count(lease_counter_never_falls.deny) == 0 with input as object.union(fixture.profile({}), first)
}

test_holds_without_a_reservoir if {
	count(lease_counter_never_falls.deny) == 0
		with input as object.union(fixture.profile(object.union(leases, {"dsql.reservoir_enabled": false})), first)
}

test_holds_for_the_second_generation if {
	count(lease_counter_never_falls.deny) == 0
		with input as object.union(fixture.profile(leases), {"dsql_plugin_version": "2"})
}

test_reports_a_missing_parameter if {
	fixture.messages(lease_counter_never_falls.deny) == {
		"cannot be evaluated: dsql.distributed_conn_limit is missing from the profile",
	}
		with input as fixture.without("dsql.distributed_conn_limit")
}
