package guardrails.reservoir.reservoir_watermark_above_target_test

import data.guardrails.reservoir.reservoir_watermark_above_target
import data.lib.fixture_test as fixture

test_fires_above_the_target if {
	fixture.messages(reservoir_watermark_above_target.warn) == {
		"a target of 49 below a low watermark of 50: the reservoir keeps 50 connections ready",
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 49})
}

test_holds_for_a_healthy_profile if count(reservoir_watermark_above_target.warn) == 0 with input as fixture.profile({})

test_holds_below_the_target if {
	count(reservoir_watermark_above_target.warn) == 0 with input as fixture.profile({"dsql.reservoir_target_ready": 51})
}

test_needs_a_reservoir if {
	count(reservoir_watermark_above_target.warn) == 0
		with input as fixture.profile({"dsql.reservoir_target_ready": 49, "dsql.reservoir_enabled": false})
}

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_watermark_above_target.warn) == {
		"cannot be evaluated: dsql.reservoir_low_watermark is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_low_watermark")
}
