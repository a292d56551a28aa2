package guardrails.slo.load_above_preset_range_test

import data.guardrails.slo.load_above_preset_range
import data.lib.fixture_test as fixture

test_fires_above_the_range if {
	fixture.messages(load_above_preset_range.warn) == {"501 transitions/s, over the 500 that the preset is planned for"}
		with input as fixture.profile({"target_state_transitions_per_sec": 501})
}

test_holds_for_a_healthy_profile if count(load_above_preset_range.warn) == 0 with input as fixture.profile({})

test_holds_at_the_end_of_the_range if {
	count(load_above_preset_range.warn) == 0 with input as fixture.profile({"target_state_transitions_per_sec": 500})
}

test_reports_a_missing_plan if {
	fixture.messages(load_above_preset_range.warn) == {
		"cannot be evaluated: planned.range_max is missing from the profile",
	}
		with input as object.remove(fixture.profile({}), ["planned"])
}

test_reports_a_missing_parameter if {
	fixture.messages(load_above_preset_range.warn) == {
		"cannot be evaluated: target_state_transitions_per_sec is missing from the profile",
	}
		with input as fixture.without("target_state_transitions_per_sec")
}
