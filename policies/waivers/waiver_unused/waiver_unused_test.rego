package waivers.waiver_unused_test

import data.waivers.waiver_unused
import data.waivers_test as fixture

test_fires_where_the_rule_is_silent if {
	given := [fixture.waiver("a", "2026-12-01"), fixture.waiver("b", "2026-12-01")]
	{[found.msg, found.nth, found.severity] | some found in waiver_unused.warn} == {
		["b has no finding in this deployment, but o waives it until 2026-12-01", 1, "warning"],
	}
		with input as fixture.asked(["a"], given)
}

test_leaves_an_expired_waiver_alone if {
	count(waiver_unused.warn) == 0 with input as fixture.asked([], [fixture.waiver("a", "2026-11-23")])
}

test_leaves_an_unknown_rule_alone if {
	count(waiver_unused.warn) == 0 with input as fixture.asked([], [fixture.waiver("c", "2026-12-01")])
}

test_fires_for_a_name_that_a_policy_may_compute if {
	given := [fixture.waiver("c", "2026-12-01")]
	count(waiver_unused.warn) == 1 with input as object.union(fixture.asked([], given), {"computed_names": true})
}
