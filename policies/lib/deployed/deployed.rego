# METADATA
# title: What runs today
# description: >-
#   A profile has the values of the running cluster only if its author names them. Without them,
#   a rule about a change has no finding; with some of them missing, it reports which.
package lib.deployed

# problems: why a rule about a change of the keys cannot be evaluated
problems(facts, keys) := missing_keys(keys) | wrong_types(facts, keys)

missing_keys(keys) := {sprintf("cannot be evaluated: deployed has no value of %s", [key]) |
	some key in keys
	not key in object.keys(input.deployed)
}

wrong_types(facts, keys) := {message |
	some key in keys
	expected := type_name(facts.given[key])
	type_name(input.deployed[key]) != expected
	message := sprintf(
		"cannot be evaluated: deployed.%s: expected a %s, found %s",
		[key, expected, json.marshal(input.deployed[key])],
	)
}

# values of the keys that run today; undefined if one of them has a problem
values(facts, keys) := object.filter(input.deployed, keys) if {
	input.deployed
	count(problems(facts, keys)) == 0
}
