package waivers_test

import data.waivers

finding(name) := {"rule_name": name, "severity": "error", "msg": "a message"}

waiver(name, expires) := {"rule": name, "reason": "r", "owner": "o", "expires": expires}

asked(findings, given) := {
	"findings": [finding(name) | some name in findings],
	"waivers": given,
	"rules": ["a", "b"],
	"complete": true,
	"today": "2026-11-24",
}

waived(name, expires) := object.union(finding(name), {"severity": "waived", "waiver": waiver(name, expires)})

test_a_waiver_waives_what_its_rule_says_and_nothing_else if {
	given := [waiver("a", "2026-12-01")]
	waivers.findings == [waived("a", "2026-12-01"), finding("b"), waived("a", "2026-12-01")]
		with input as asked(["a", "b", "a"], given)
}

test_the_last_day_counts if {
	waivers.findings == [waived("a", "2026-11-24")] with input as asked(["a"], [waiver("a", "2026-11-24")])
}

test_an_expired_waiver_waives_nothing if {
	waivers.findings == [finding("a")] with input as asked(["a"], [waiver("a", "2026-11-23")])
}

test_the_first_that_holds_is_shown if {
	given := [waiver("a", "2026-01-01"), waiver("a", "2026-12-01"), waiver("a", "2027-01-01")]
	waivers.findings == [waived("a", "2026-12-01")] with input as asked(["a"], given)
}

test_nothing_is_waived_without_waivers if waivers.findings == [finding("a")] with input as asked(["a"], [])
