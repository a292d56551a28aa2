package guardrails.leases.slot_blocks_exhausted_test

import data.guardrails.leases.slot_blocks_exhausted
import data.lib.fixture_test as fixture

test_fires_above_the_blocks if {
	fixture.messages(slot_blocks_exhausted.deny) == {
		"30 instances during a rolling update take 30 blocks of 100 slots, over the 29 available",
	}
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_count": 29})
}

test_counts_the_blocks_of_an_instance if {
	fixture.messages(slot_blocks_exhausted.deny) == {
		"30 instances during a rolling update take 60 blocks of 40 slots, over the 59 available",
	}
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"dsql.slot_block_size": 40,
			"dsql.slot_block_count": 59,
		})
}

test_holds_for_a_healthy_profile if count(slot_blocks_exhausted.deny) == 0 with input as fixture.profile({})

test_holds_at_the_blocks if {
	count(slot_blocks_exhausted.deny) == 0
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_count": 30})
}

test_needs_leases if count(slot_blocks_exhausted.deny) == 0 with input as fixture.profile({"dsql.slot_block_count": 1})

test_needs_a_reservoir if {
	count(slot_blocks_exhausted.deny) == 0
		with input as fixture.profile({
			"dsql.slot_block_enabled": true,
			"dsql.slot_block_count": 1,
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(slot_blocks_exhausted.deny) == {
		"cannot be evaluated: dsql.slot_block_size is missing from the profile",
	}
		with input as fixture.without("dsql.slot_block_size")
}
