# METADATA
# title: What runs today
# description: >-
#   A profile holds the values of the running cluster only where its author names them. A rule
#   about a change has nothing to say without, and must say what it misses where they are given.
package lib.deployed

# unsaid: what keeps a change of the keys from being judged: deployed leaves one out, or
# has it as another type than the profile
unsaid(facts, keys) := left_out(keys) | {sprintf("cannot be judged: deployed says that %s is %s, not a %s", [key, json.marshal(input.deployed[key]), type]) |
	some key in keys
	type := type_name(facts.given[key])
	type_name(input.deployed[key]) != type
}

left_out(keys) := {sprintf("cannot be judged: deployed does not say what %s is", [key]) |
	some key in keys
	not key in object.keys(input.deployed)
}

# values of keys, where all of them are said
values(facts, keys) := object.filter(input.deployed, keys) if {
	input.deployed
	count(unsaid(facts, keys)) == 0
}
