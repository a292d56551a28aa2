package lib.deployed_test

import data.lib.deployed

facts := {"given": {"a": 1, "b": true}}

test_values_are_those_of_the_keys if {
	deployed.values(facts, ["a", "b"]) == {"a": 1, "b": false} with input as {"deployed": {"a": 1, "b": false, "c": 3}}
	count(deployed.problems(facts, ["a", "b"])) == 0 with input as {"deployed": {"a": 1, "b": false, "c": 3}}
}

test_a_missing_key_is_reported_and_there_are_no_values if {
	deployed.problems(facts, ["a", "b"]) == {"cannot be evaluated: deployed has no value of b"}
		with input as {"deployed": {"a": 1}}
	not deployed.values(facts, ["a", "b"]) with input as {"deployed": {"a": 1}}
}

test_another_type_is_reported_and_there_are_no_values if {
	deployed.problems(facts, ["a", "b"]) == {"cannot be evaluated: deployed.a: expected a number, found \"one\""}
		with input as {"deployed": {"a": "one", "b": true}}
	not deployed.values(facts, ["a", "b"]) with input as {"deployed": {"a": "one", "b": true}}
}

test_without_deployed_nothing_is_reported if {
	count(deployed.problems(facts, ["a"])) == 0 with input as {}
	not deployed.values(facts, ["a"]) with input as {}
}
