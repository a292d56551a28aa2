package guardrails.reservoir.reservoir_above_pool_test

import data.guardrails.reservoir.reservoir_above_pool
import data.lib.fixture_test as fixture

test_fires_above_the_pool if {
	fixture.messages(reservoir_above_pool.warn) == {
		"the reservoir keeps 60 connections ready for a pool of 50, which never takes 10 of them",
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 60})
}

test_counts_a_watermark_above_the_target if {
	fixture.messages(reservoir_above_pool.warn) == {
		"the reservoir keeps 60 connections ready for a pool of 50, which never takes 10 of them",
	}
		with input as fixture.profile({"dsql.reservoir_low_watermark": 60})
}

test_holds_for_a_healthy_profile if count(reservoir_above_pool.warn) == 0 with input as fixture.profile({})

test_needs_a_reservoir if {
	count(reservoir_above_pool.warn) == 0
		with input as fixture.profile({"dsql.reservoir_target_ready": 60, "dsql.reservoir_enabled": false})
}

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_above_pool.warn) == {
		"cannot be evaluated: persistence.maxConns is missing from the profile",
	}
		with input as fixture.without("persistence.maxConns")
}
