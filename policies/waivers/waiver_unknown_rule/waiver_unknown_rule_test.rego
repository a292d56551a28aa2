package waivers.waiver_unknown_rule_test

import data.waivers.waiver_unknown_rule
import data.waivers_test as fixture

given := [fixture.waiver("a", "2026-12-01"), fixture.waiver("out_of_range", "2026-12-01")]

test_fires_for_another_name if {
	{[found.msg, found.nth, found.severity] |
		some found in waiver_unknown_rule.deny
	} == {["out_of_range: not a rule that can be waived", 1, "error"]}
		with input as fixture.asked(["a"], given)
}

test_says_nothing_where_not_all_rules_were_asked if {
	count(waiver_unknown_rule.deny) == 0 with input as object.union(fixture.asked(["a"], given), {"complete": false})
}

test_accepts_a_name_that_a_finding_states if {
	count(waiver_unknown_rule.deny) == 0 with input as fixture.asked(["out_of_range"], given)
}

test_says_nothing_where_a_policy_computes_names if {
	count(waiver_unknown_rule.deny) == 0 with input as object.union(fixture.asked([], given), {"computed_names": true})
}
