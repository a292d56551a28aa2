package lib.rule_test

import data.lib.fixture_test as fixture
import data.lib.rule

# chain as rego.metadata.chain() gives it to a guard rail's deny
chain(custom) := [
	{"path": ["guardrails", "topic", "some_rule", "deny"]},
	{
		"path": ["guardrails", "topic", "some_rule"],
		"annotations": {"scope": "package", "title": "Some rule", "custom": object.union({"severity": "error"}, custom)},
	},
]

reads(key, kind) := chain({"parameters": [key], "kinds": {key: kind}})

problems(custom) := fixture.messages(rule.findings(chain(custom), {"a message"}))

test_a_finding_is_built_from_metadata if {
	found := rule.findings(chain({"parameters": ["history.shards"], "remedy": "do so"}), {"a message"})
		with input as fixture.profile({})
	found == {{
		"msg": "a message",
		"rule_name": "some_rule",
		"severity": "error",
		"parameter_keys": ["history.shards"],
		"remedy": "do so",
	}}
}

test_a_problem_is_built_from_metadata_too if {
	found := rule.findings(chain({"parameters": ["history.shards"], "remedy": "do so"}), set()) with input as {}
	found == {{
		"msg": "cannot be evaluated: history.shards is missing from the profile",
		"rule_name": "some_rule",
		"severity": "error",
		"parameter_keys": ["history.shards"],
		"remedy": "do so",
	}}
}

test_every_missing_input_is_reported_and_no_message if {
	problems({"parameters": ["a", "b"], "limits": ["l"], "margins": ["m"], "planned": ["p"], "needs": ["n"]}) == {
		"cannot be evaluated: a is missing from the profile",
		"cannot be evaluated: b is missing from the profile",
		"cannot be evaluated: limits.l is missing from the profile",
		"cannot be evaluated: margins.m is missing from the profile",
		"cannot be evaluated: planned.p is missing from the profile",
		"cannot be evaluated: needs.n is missing from the profile",
	} with input as {"safety_params": [], "limits": {}}
}

test_a_rule_without_metadata_is_reported if {
	found := rule.findings([{"path": ["guardrails", "topic", "bare", "deny"]}], {"a message"})
		with input as fixture.profile({})
	found == {{
		"msg": "cannot be evaluated: the rule has no METADATA",
		"rule_name": "bare",
		"severity": "error",
		"parameter_keys": [],
		"remedy": "complete the METADATA of the rule",
	}}
}

test_a_limit_must_be_a_positive_number if {
	some value, written in {"\"many\"": "many", "0": 0}
	problems({"limits": ["l"]}) == {
		sprintf("cannot be evaluated: limits.l: expected a positive number, found %v", [value]),
	}
		with input as {"limits": {"l": written}}
}

test_two_values_of_one_key_are_reported_and_no_fact if {
	ambiguous := {
		"safety_params": [{"key": "a", "value": 1}],
		"tuning_params": [{"key": "a", "value": 2}],
	}
	problems({"parameters": ["a"]}) == {"cannot be evaluated: a has more than one value in the profile"}
		with input as ambiguous
	facts := rule.facts(chain({"parameters": ["a"]})) with input as ambiguous
	facts == {"given": {}}
}

test_a_value_of_another_kind_is_reported if {
	wrong := {
		"number": ["fifty", null, true, [1]],
		"positive number": ["fifty", 0, -1],
		"bool": ["true", 1, null],
		"string": [1, null, false],
		"duration": ["5", "soon", 300, null, ""],
	}
	every kind, values in wrong {
		every value in values {
			found := rule.findings(reads("a", kind), set()) with input as {"safety_params": [{"key": "a", "value": value}]}
			fixture.messages(found) == {sprintf("cannot be evaluated: a: expected a %s, found %s", [kind, json.marshal(value)])}
		}
	}
}

test_a_value_of_its_kind_is_a_fact if {
	right := {
		"number": [[0, 0], [-1.5, -1.5]],
		"positive number": [[1, 1]],
		"bool": [[true, true], [false, false]],
		"string": [["", ""], ["dsql", "dsql"]],
		"duration": [["0s", 0], ["1m30s", 90], ["500ms", 0.5]],
	}
	every kind, pairs in right {
		every pair in pairs {
			facts := rule.facts(reads("a", kind)) with input as {"safety_params": [{"key": "a", "value": pair[0]}]}
			facts == {"a": pair[1], "given": {"a": pair[0]}}
			found := rule.findings(reads("a", kind), set()) with input as {"safety_params": [{"key": "a", "value": pair[0]}]}
			count(found) == 0
		}
	}
}

test_a_rule_sees_the_declared_values_of_each_service if {
	profile := {
		"safety_params": [{"key": "a", "value": "10s"}],
		"services": {"history": {"a": "1m30s", "b": 2}, "worker": {"a": "10s", "b": 1}},
	}
	facts := rule.facts(reads("a", "duration")) with input as profile
	facts.services == {"history": {"a": 90}, "worker": {"a": 10}}
	counts := rule.facts(reads("b", "number")) with input as profile
	counts.services == {"history": {"b": 2}, "worker": {"b": 1}}
}

test_whole_numbers_have_one_spelling if {
	spellings := {"1e3": 1000, "2.5E2": 250, "6.0": 6, "-3.00": -3, "0.05": 0.05, "7": 7}
	every written, number in spellings {
		profile := json.unmarshal(sprintf(`{"safety_params": [{"key": "e2e", "value": %s}]}`, [written]))
		facts := rule.facts(chain({"parameters": ["e2e"]})) with input as profile
		sprintf("%v", [facts.e2e]) == sprintf("%v", [number])
	}
}

test_a_parameter_of_any_kind_is_given_as_written if {
	rule.facts(chain({"parameters": ["a", "b"], "kinds": {"b": "duration"}})).given == {"a": 1, "b": "1m"}
		with input as {"safety_params": [{"key": "a", "value": 1}, {"key": "b", "value": "1m"}]}
}

test_a_rule_sees_what_it_declares_and_no_more if {
	facts := rule.facts(chain({
		"parameters": ["history.shards"],
		"limits": ["transaction_rows"],
		"margins": ["min_shards"],
		"planned": ["range_max"],
		"needs": ["pool_needed"],
	}))
		with input as fixture.profile({})
	facts == {
		"history.shards": 512,
		"given": {"history.shards": 512},
		"limits": {"transaction_rows": 3000},
		"margins": {"min_shards": 512},
		"planned": {"range_max": 500},
		"needs": {"pool_needed": 9},
	}
}
