package waivers.waiver_misspelt_rule_test

import data.waivers.waiver_misspelt_rule
import data.waivers_test as fixture

given := [fixture.waiver("a", "2026-12-01"), fixture.waiver("aa", "2026-12-01")]

facts := object.union(fixture.asked(["a"], given), {"complete": false, "misspelt": ["aa"]})

test_fires_for_a_name_that_is_nearly_that_of_a_rule if {
	{[found.msg, found.nth, found.severity] |
		some found in waiver_misspelt_rule.warn
	} == {["aa: not a rule that was evaluated", 1, "warning"]}
		with input as facts
}

test_leaves_other_names_to_the_gate if {
	count(waiver_misspelt_rule.warn) == 0 with input as object.union(facts, {"misspelt": []})
}

test_says_nothing_where_all_rules_were_asked if {
	count(waiver_misspelt_rule.warn) == 0 with input as object.union(facts, {"complete": true})
}
