package guardrails.leases.slot_block_too_small_test

import data.guardrails.leases.slot_block_too_small
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(slot_block_too_small.warn) == {"a block holds 99 connections, and an instance needs 2 pools x 50 = 100"} with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_size": 99})
}

test_holds_for_a_healthy_profile if count(slot_block_too_small.warn) == 0 with input as fixture.profile({})

test_holds_at_the_need if count(slot_block_too_small.warn) == 0 with input as fixture.profile({"dsql.slot_block_enabled": true})

test_needs_leases if count(slot_block_too_small.warn) == 0 with input as fixture.profile({"dsql.slot_block_size": 10})

test_reports_a_missing_parameter if {
	fixture.messages(slot_block_too_small.warn) == {"cannot be judged: dsql.slot_block_size is missing from the profile"} with input as fixture.without("dsql.slot_block_size")
}
