package guardrails.workers.memory_target_high_test

import data.guardrails.workers.memory_target_high
import data.lib.fixture_test as fixture

high := {"sdk.slot_supplier": "resource-based", "sdk.target_memory_percent": 81}

test_fires_above_the_advice if {
	fixture.messages(memory_target_high.warn) == {
		"workers take tasks until 81 % of the memory is in use, above the 80 % that the SDKs advise",
	}
		with input as fixture.profile(high)
}

test_holds_at_the_advice if {
	count(memory_target_high.warn) == 0
		with input as fixture.profile(object.union(high, {"sdk.target_memory_percent": 80}))
}

test_fixed_slots_have_no_target if {
	count(memory_target_high.warn) == 0 with input as fixture.profile(object.union(high, {"sdk.slot_supplier": "fixed"}))
}

test_reports_a_missing_parameter if {
	fixture.messages(memory_target_high.warn) == {
		"cannot be evaluated: sdk.target_memory_percent is missing from the profile",
	}
		with input as fixture.without("sdk.target_memory_percent")
}
