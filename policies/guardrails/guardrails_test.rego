# METADATA
# title: What holds for every guard rail
# description: No rule is named here, so a new rule is tested too.
package guardrails_test

import data.lib.fixture_test as fixture

severities := {"deny": "error", "warn": "warning"}

# findings of each rule, by its verdict
findings contains found if {
	some verdict in object.keys(severities)
	some name
	finding := data.guardrails[_][name][verdict][_]
	found := {"verdict": verdict, "name": name, "finding": finding}
}

# of_empty_profile: the findings about an empty profile, which no rule can evaluate
of_empty_profile contains found if some found in findings with input as {}

names := [name | some topic, name; data.guardrails[topic][name].facts]

test_a_healthy_profile_has_no_finding if count(findings) == 0 with input as fixture.profile({})

test_a_rule_name_is_used_once if count(names) == count({name | some name in names})

test_no_rule_passes_an_empty_profile if {name | some name in names} == {found.name | some found in of_empty_profile}

test_a_finding_carries_the_name_of_its_rule if {
	every found in of_empty_profile {
		found.finding.rule_name == found.name
	}
}

test_errors_are_denied_and_warnings_are_warned_of if {
	every found in of_empty_profile {
		found.finding.severity == severities[found.verdict]
	}
}

test_each_declared_parameter_is_missed if {
	every name, keys in {found.name: found.finding.parameter_keys | some found in of_empty_profile} {
		{sprintf("cannot be evaluated: %s is missing from the profile", [key]) | some key in keys} - missed[name] == set()
	}
}

# missed: what the findings of each rule say about an empty profile
missed[found.name] contains found.finding.msg if some found in of_empty_profile
