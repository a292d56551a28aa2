package guardrails.leases.slot_block_too_small_test

import data.guardrails.leases.slot_block_too_small
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(slot_block_too_small.deny) == {
		"an instance takes 1 block of 99 slots = 99, and needs 50 in the pool + 50 in the reservoir = 100",
	}
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_size": 99})
}

test_counts_blocks_by_the_reservoir_alone if {
	fixture.messages(slot_block_too_small.deny) == {
		"an instance takes 1 block of 50 slots = 50, and needs 50 in the pool + 50 in the reservoir = 100",
	}
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_size": 50})
}

test_holds_for_a_healthy_profile if count(slot_block_too_small.deny) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(slot_block_too_small.deny) == 0 with input as fixture.profile({"dsql.slot_block_enabled": true})
}

test_holds_with_several_blocks if {
	count(slot_block_too_small.deny) == 0
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"dsql.slot_block_size": 40,
			"persistence.maxConns": 30,
		})
}

test_leaves_a_reservoir_of_none_to_its_rule if {
	count(slot_block_too_small.deny) == 0
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"dsql.reservoir_target_ready": 0,
			"dsql.reservoir_low_watermark": 0,
		})
}

test_needs_leases if count(slot_block_too_small.deny) == 0 with input as fixture.profile({"dsql.slot_block_size": 10})

test_needs_a_reservoir if {
	count(slot_block_too_small.deny) == 0
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"dsql.slot_block_size": 10,
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(slot_block_too_small.deny) == {
		"cannot be evaluated: dsql.slot_block_size is missing from the profile",
	}
		with input as fixture.without("dsql.slot_block_size")
}
