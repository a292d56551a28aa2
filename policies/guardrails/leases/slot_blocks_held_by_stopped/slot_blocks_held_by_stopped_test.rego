package guardrails.leases.slot_blocks_held_by_stopped_test

import data.guardrails.leases.slot_blocks_held_by_stopped
import data.lib.fixture_test as fixture

test_fires_below_a_block_for_old_and_new if {
	fixture.messages(slot_blocks_held_by_stopped.warn) == {
		"an update of 15 instances within 3m needs 2 x 15 blocks, over the 29 available",
	}
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"deployment.rolling_surge": 0,
			"dsql.slot_block_count": 29,
		})
}

test_holds_for_a_healthy_profile if count(slot_blocks_held_by_stopped.warn) == 0 with input as fixture.profile({})

test_holds_with_a_block_for_old_and_new if {
	count(slot_blocks_held_by_stopped.warn) == 0
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"deployment.rolling_surge": 0,
			"dsql.slot_block_count": 30,
		})
}

test_leaves_what_the_surge_needs_to_the_error if {
	count(slot_blocks_held_by_stopped.warn) == 0
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_count": 29})
}

test_needs_leases if {
	count(slot_blocks_held_by_stopped.warn) == 0
		with input as fixture.profile({"deployment.rolling_surge": 0, "dsql.slot_block_count": 15})
}

test_needs_a_reservoir if {
	count(slot_blocks_held_by_stopped.warn) == 0
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"deployment.rolling_surge": 0,
			"dsql.slot_block_count": 15,
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(slot_blocks_held_by_stopped.warn) == {
		"cannot be evaluated: dsql.slot_block_ttl is missing from the profile",
	}
		with input as fixture.without("dsql.slot_block_ttl")
}
