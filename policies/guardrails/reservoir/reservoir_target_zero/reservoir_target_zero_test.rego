package guardrails.reservoir.reservoir_target_zero_test

import data.guardrails.reservoir.reservoir_target_zero
import data.lib.fixture_test as fixture

test_fires_without_target_and_watermark if {
	fixture.messages(reservoir_target_zero.deny) == {
		"the reservoir is on with a target of 0 and a low watermark of 0: the plugin refuses to start",
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 0, "dsql.reservoir_low_watermark": 0})
}

test_holds_for_a_healthy_profile if count(reservoir_target_zero.deny) == 0 with input as fixture.profile({})

test_holds_with_a_target if {
	count(reservoir_target_zero.deny) == 0
		with input as fixture.profile({"dsql.reservoir_target_ready": 1, "dsql.reservoir_low_watermark": 0})
}

test_holds_where_the_watermark_raises_the_target if {
	count(reservoir_target_zero.deny) == 0 with input as fixture.profile({"dsql.reservoir_target_ready": 0})
}

test_needs_a_reservoir if {
	count(reservoir_target_zero.deny) == 0
		with input as fixture.profile({
			"dsql.reservoir_target_ready": 0,
			"dsql.reservoir_low_watermark": 0,
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(reservoir_target_zero.deny) == {
		"cannot be evaluated: dsql.reservoir_target_ready is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_target_ready")
}
