package guardrails.leases.slot_blocks_over_connection_limit_test

import data.guardrails.leases.slot_blocks_over_connection_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(slot_blocks_over_connection_limit.deny) == {
		"101 blocks of 100 connections = 10100, over the cluster's 10000 connections",
	}
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_count": 101})
}

test_holds_for_a_healthy_profile if count(slot_blocks_over_connection_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(slot_blocks_over_connection_limit.deny) == 0 with input as fixture.profile({"dsql.slot_block_enabled": true})
}

test_needs_leases if {
	count(slot_blocks_over_connection_limit.deny) == 0 with input as fixture.profile({"dsql.slot_block_count": 101})
}

test_reports_a_missing_parameter if {
	fixture.messages(slot_blocks_over_connection_limit.deny) == {
		"cannot be evaluated: dsql.slot_block_count is missing from the profile",
	}
		with input as fixture.without("dsql.slot_block_count")
}
