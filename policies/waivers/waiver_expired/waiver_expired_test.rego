package waivers.waiver_expired_test

import data.waivers.waiver_expired
import data.waivers_test as fixture

test_fires_after_the_last_day if {
	given := [fixture.waiver("a", "2026-12-01"), fixture.waiver("a", "2026-11-23")]
	{[found.msg, found.nth, found.severity] |
		some found in waiver_expired.deny
	} == {["the waiver of a by o expired on 2026-11-23: r", 1, "error"]}
		with input as fixture.asked(["a"], given)
}

test_holds_on_the_last_day if {
	count(waiver_expired.deny) == 0 with input as fixture.asked(["a"], [fixture.waiver("a", "2026-11-24")])
}
