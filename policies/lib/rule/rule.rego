# METADATA
# title: What every guard rail is built on
# description: >-
#   A guard rail declares in its METADATA what it reads, and gets those facts and
#   no others; it says in messages what is wrong. Name, severity, parameters and
#   remediation of a finding come from the METADATA, and so do the findings about
#   a declared input that is missing or of the wrong kind.
package lib.rule

# findings of a guard rail: its messages, or else why it cannot be judged
findings(chain, messages) := {found |
	about := annotations(chain)
	some message in judged(problems(about), messages)
	found := {
		"msg": message,
		"rule_name": chain[0].path[count(chain[0].path) - 2],
		"severity": object.get(about, ["custom", "severity"], "error"),
		"parameter_keys": object.get(about, ["custom", "parameters"], []),
		"remediation": object.get(about, ["custom", "remediation"], "complete the METADATA of the rule"),
	}
}

judged(problems, messages) := messages if count(problems) == 0

judged(problems, _) := {sprintf("cannot be judged: %s", [problem]) | some problem in problems} if count(problems) > 0

# groups of numbers that a profile carries beside its parameters: limits of the
# database, margins of the sizing, and what the preset is planned for
groups := ["limits", "margins", "planned"]

# facts: the declared parameters by key, a duration in seconds; the declared numbers
# of each group by name; and, under given, the parameters as the profile writes them
facts(chain) := object.union_n([readings(custom), {"given": given}, amounts]) if {
	custom := object.get(annotations(chain), "custom", {})
	given := {key: values[key] | some key in custom.parameters}
	amounts := {group: {name: numbers[group][name] | some name in custom[group]} | some group in groups}
}

# named is a parameter's key in a message, with the reason where no file sets it
named(key) := sprintf("%s (the server's default)", [key]) if {
	key in defaulted
} else := key

# defaulted: the parameters that no file sets, so that the server's own default holds
defaulted contains parameter.key if {
	some list in ["slo_params", "topology_params", "safety_params", "tuning_params"]
	some parameter in input[list]
	object.get(parameter, "source", "") == "server default"
}

# readings: the declared parameters that can be read as their kind, so read
readings(custom) := {key: readable[kind][key] | some key, kind in kinds(custom)}

# kinds of the declared parameters: a number where nothing else is said
kinds(custom) := object.union({key: "number" | some key in custom.parameters}, object.get(custom, "kinds", {}))

# What the profile says is read once, for all rules.

# stated: the values of each key, over all lists of the profile
stated[parameter.key] contains parameter.value if {
	some list in ["slo_params", "topology_params", "safety_params", "tuning_params"]
	some parameter in input[list]
}

# values: the parameters that have one value each, as the profile writes them
values := {key: plain(value) | some key, all in stated; count(all) == 1; some value in all}

# readable: the parameters that can be read as a kind, so read
readable := {
	"number": {key: value | some key, value in values; is_number(value)},
	"positive number": {key: value | some key, value in values; is_number(value); value > 0},
	"bool": {key: value | some key, value in values; is_boolean(value)},
	"string": {key: value | some key, value in values; is_string(value)},
	"duration": {key: seconds | some key, value in values; is_string(value); seconds := time.parse_duration_ns(value) / 1000000000},
}

# numbers of each group, by name
numbers := {group: {name: plain(value) | some name, value in object.get(input, group, {})} | some group in groups}

# positive: the names of those that are sound
positive := {group: {name | some name, value in numbers[group]; is_number(value); value > 0} | some group in groups}

# plain: a whole number without an exponent, however the caller's JSON parser spells
# it, so that every runner prints the same message
plain(value) := to_number(format_int(value, 10)) if {
	is_number(value)
	value == floor(value)
} else := value

# problems: what keeps a guard rail that says this about itself from being judged
problems(about) := {"the rule has no METADATA"} if count(about) == 0

problems(about) := unread(custom) | unsound(custom) if {
	count(about) > 0
	custom := object.get(about, "custom", {})
}

# (what is read need not be looked at one by one)
unread(custom) := set() if {
	count(readings(custom)) == count(custom.parameters)
} else := {problem |
	some key in custom.parameters
	kind := kinds(custom)[key]
	not key in object.keys(readable[kind])
	problem := fault(key, object.get(stated, key, set()), kind)
}

unsound(custom) := {problem |
	some group in groups
	some name in custom[group]
	not name in positive[group]
	problem := fault(sprintf("%s.%s", [group, name]), {value | value := numbers[group][name]}, "positive number")
}

# fault of something that does not have one value, of one kind
fault(name, all, _) := sprintf("%s is missing from the profile", [name]) if count(all) == 0

fault(name, all, _) := sprintf("%s has more than one value in the profile", [name]) if count(all) > 1

fault(name, all, kind) := sprintf("%s is %s, not a %s", [name, json.marshal(value), kind]) if {
	count(all) == 1
	some value in all
}

default annotations(_) := {}

annotations(chain) := entry.annotations if {
	some entry in chain
	entry.annotations.scope == "package"
}
