package guardrails.reservoir.reservoir_below_pool_test

import data.guardrails.reservoir.reservoir_below_pool
import data.lib.fixture_test as fixture

test_fires_below_the_pool if {
	fixture.messages(reservoir_below_pool.warn) == {
		"the reservoir keeps 49 connections ready for a pool of 50: when the whole pool is cut, 1 is missing",
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 49, "dsql.reservoir_low_watermark": 20})
}

test_counts_the_larger_of_target_and_watermark if {
	fixture.messages(reservoir_below_pool.warn) == {
		"the reservoir keeps 20 connections ready for a pool of 50: when the whole pool is cut, 30 are missing",
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 10, "dsql.reservoir_low_watermark": 20})
}

test_holds_for_a_healthy_profile if count(reservoir_below_pool.warn) == 0 with input as fixture.profile({})

test_holds_where_the_watermark_raises_the_target if {
	count(reservoir_below_pool.warn) == 0 with input as fixture.profile({"dsql.reservoir_target_ready": 10})
}

test_leaves_none_to_the_error if {
	count(reservoir_below_pool.warn) == 0
		with input as fixture.profile({"dsql.reservoir_target_ready": 0, "dsql.reservoir_low_watermark": 0})
}

test_needs_a_reservoir if {
	count(reservoir_below_pool.warn) == 0
		with input as fixture.profile({
			"dsql.reservoir_target_ready": 10,
			"dsql.reservoir_low_watermark": 10,
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_below_pool.warn) == {
		"cannot be evaluated: dsql.reservoir_target_ready is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_target_ready")
}
