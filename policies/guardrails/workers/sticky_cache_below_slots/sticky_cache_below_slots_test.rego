package guardrails.workers.sticky_cache_below_slots_test

import data.guardrails.workers.sticky_cache_below_slots
import data.lib.fixture_test as fixture

test_fires_below_the_slots if {
	fixture.messages(sticky_cache_below_slots.warn) == {"the cache holds 199 workflows for 200 workflow task slots"}
		with input as fixture.profile({"sdk.sticky_cache_size": 199})
}

test_one_is_not_many if {
	fixture.messages(sticky_cache_below_slots.warn) == {"the cache holds 1 workflow for 200 workflow task slots"}
		with input as fixture.profile({"sdk.sticky_cache_size": 1})
}

test_holds_for_a_healthy_profile if count(sticky_cache_below_slots.warn) == 0 with input as fixture.profile({})

test_holds_at_the_slots if {
	count(sticky_cache_below_slots.warn) == 0 with input as fixture.profile({"sdk.sticky_cache_size": 200})
}

test_needs_a_cache if {
	count(sticky_cache_below_slots.warn) == 0 with input as fixture.profile({"sdk.sticky_cache_size": 0})
}

test_reports_a_missing_parameter if {
	fixture.messages(sticky_cache_below_slots.warn) == {
		"cannot be evaluated: sdk.sticky_cache_size is missing from the profile",
	}
		with input as fixture.without("sdk.sticky_cache_size")
}
