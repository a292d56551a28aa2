package lib.deployed_test

import data.lib.deployed

facts := {"given": {"a": 1, "b": true}}

test_values_are_those_asked_for if {
	deployed.values(facts, ["a", "b"]) == {"a": 1, "b": false} with input as {"deployed": {"a": 1, "b": false, "c": 3}}
	count(deployed.unsaid(facts, ["a", "b"])) == 0 with input as {"deployed": {"a": 1, "b": false, "c": 3}}
}

test_what_is_left_out_is_said_and_there_are_no_values if {
	deployed.unsaid(facts, ["a", "b"]) == {"cannot be judged: deployed does not say what b is"} with input as {"deployed": {"a": 1}}
	not deployed.values(facts, ["a", "b"]) with input as {"deployed": {"a": 1}}
}

test_what_has_another_type_is_said_and_there_are_no_values if {
	deployed.unsaid(facts, ["a", "b"]) == {"cannot be judged: deployed says that a is \"one\", not a number"} with input as {"deployed": {"a": "one", "b": true}}
	not deployed.values(facts, ["a", "b"]) with input as {"deployed": {"a": "one", "b": true}}
}

test_nothing_is_missed_where_nothing_is_deployed if {
	count(deployed.unsaid(facts, ["a"])) == 0 with input as {}
	not deployed.values(facts, ["a"]) with input as {}
}
