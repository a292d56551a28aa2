# METADATA
# title: Base of every guard rail
# description: >-
#   A guard rail declares in its METADATA what it reads, gets those facts and no others, and
#   returns messages. Name, severity, parameters and remedy of its findings come from its
#   annotations. A declared input that is missing or of the wrong kind is a finding, too.
package lib.rule

# findings of a guard rail: one for each message, or for each reason why it cannot be evaluated
findings(chain, messages) := {finding |
	about := annotations(chain)
	some message in messages_or_problems(messages, problems(about))
	finding := {
		"msg": message,
		"rule_name": chain[0].path[count(chain[0].path) - 2],
		"severity": object.get(about, ["custom", "severity"], "error"),
		"parameter_keys": array.concat(
			object.get(about, ["custom", "parameters"], []),
			[key | some key in optional_keys(about); contains(message, key)],
		),
		"remedy": object.get(about, ["custom", "remedy"], "complete the METADATA of the rule"),
	}
}

messages_or_problems(messages, found) := messages if count(found) == 0

messages_or_problems(_, found) := {sprintf("cannot be evaluated: %s", [problem]) | some problem in found} if {
	count(found) > 0
}

# groups of numbers that a profile has next to its parameters: limits of the database, margins
# of the sizing, the load that the preset is planned for, and what the load needs
groups := ["limits", "margins", "planned", "needs"]

# facts: the declared parameters by key, with durations in seconds; the declared numbers of each
# group by name; under given, the parameters as the profile writes them; and under services, for a
# cluster whose services differ, the declared parameters of each
facts(chain) := object.union_n([typed_values(custom), {"given": given}, declared, by_service(custom)]) if {
	custom := object.get(annotations(chain), "custom", {})
	given := {key: values[key] | some key in custom.parameters}
	declared := {group: {name: integral(input[group][name]) | some name in names} |
		some group in groups
		names := custom[group]
	}
}

by_service(custom) := {"services": {service: {key: value |
	some key, kind in kinds(custom)
	value := typed(own[key], kind)
} |
	some service, own in input.services
}} if {
	input.services
} else := {}

# typed returns a value of a kind as a rule compares it: a duration in seconds
typed(value, "duration") := time.parse_duration_ns(value) / 1000000000 if is_string(value)

typed(value, kind) := integral(value) if kind != "duration"

# optional: the declared optional parameters that the profile has as a number above 0 or as true.
# Such a parameter replaces or undercuts one that the rule reads anyway, and 0 or false turns it
# off.
optional(chain) := {key: values[key] | some key in optional_keys(annotations(chain))}

optional_keys(about) := [key |
	some key in object.get(about, ["custom", "optional"], [])
	is_on(values[key])
]

is_on(value) if {
	is_number(value)
	value > 0
}

is_on(true)

# describe_key returns the key of a parameter for a message, with a note if no file sets it
describe_key(key) := sprintf("%s (the %s's default)", [key, defaulted[key]]) if {
	defaulted[key]
} else := key

# defaulted: by parameter that no file sets, whose default applies: the server's or the plugin's
defaulted[parameter.key] := reader if {
	some list in ["slo_params", "topology_params", "safety_params", "tuning_params"]
	some parameter in input[list]
	source := object.get(parameter, "source", "")
	source in {"server default", "plugin default"}
	reader := trim_suffix(source, " default")
}

# typed_values: the declared parameters whose value has the declared kind
typed_values(custom) := {key: values_by_kind[kind][key] | some key, kind in kinds(custom)}

# kinds of the declared parameters; number is the default
kinds(custom) := object.union({key: "number" | some key in custom.parameters}, object.get(custom, "kinds", {}))

# The values of the profile are read once, for all rules.

# parameters: those of all lists of the profile
parameters := [parameter |
	some list in ["slo_params", "topology_params", "safety_params", "tuning_params"]
	some parameter in input[list]
]

# stated: all values of each key, over all lists of the profile
stated[parameter.key] contains parameter.value if some parameter in parameters

# values: the parameters that have exactly one value
values := with_whole_numbers({parameter.key: parameter.value | some parameter in parameters}) if {
	count({parameter.key | some parameter in parameters}) == count(parameters)
} else := {key: integral(value) | some key, candidates in stated; count(candidates) == 1; some value in candidates}

# with_whole_numbers writes the whole numbers of an object as integral does. A profile of ours has
# none that is written in another way, which one search finds out.
with_whole_numbers(values) := {key: integral(value) | some key, value in values} if {
	regex.match(`:-?[0-9]+(\.0+[,}]|[0-9.]*[eE])`, json.marshal(values))
} else := values

# values_by_kind: the parameters that can be read as a kind
values_by_kind := {
	"number": numeric,
	"positive number": {key: value | some key, value in numeric; value > 0},
	"bool": {key: value | some key, value in others; is_boolean(value)},
	"string": {key: value | some key, value in others; is_string(value)},
	"duration": {key: seconds |
		some key, value in others
		is_string(value)
		seconds := time.parse_duration_ns(value) / 1000000000
	},
} if {
	others := {key: value | some key, value in values; not is_number(value)}
	numeric := object.remove(values, object.keys(others))
}

# is_usable: whether a number of a group is one that a rule can use: a need can be 0
is_usable(group, name) if {
	group != "needs"
	is_number(input[group][name])
	input[group][name] > 0
}

is_usable("needs", name) if is_number(input.needs[name])

# integral writes a whole number without an exponent, however the JSON parser of the caller
# spells it, so that every runner prints the same message
integral(value) := floor(value) if {
	is_number(value)
	value == floor(value)
} else := value

# problems: why a guard rail with these annotations cannot be evaluated
problems(about) := {"the rule has no METADATA"} if count(about) == 0

problems(about) := parameter_problems(custom) | group_problems(custom) if {
	count(about) > 0
	custom := object.get(about, "custom", {})
}

# parameter_problems skips the single checks if every parameter has the declared kind
parameter_problems(custom) := set() if {
	count(typed_values(custom)) == count(custom.parameters)
} else := {problem |
	some key in custom.parameters
	kind := kinds(custom)[key]
	not key in object.keys(values_by_kind[kind])
	problem := describe_problem(key, object.get(stated, key, set()), kind)
}

group_problems(custom) := {problem |
	some group in groups
	some name in custom[group]
	not is_usable(group, name)
	candidates := {value | value := integral(input[group][name])}
	problem := describe_problem(sprintf("%s.%s", [group, name]), candidates, "positive number")
}

# describe_problem of an input that does not have exactly one value of its kind
describe_problem(name, candidates, _) := sprintf("%s is missing from the profile", [name]) if {
	count(candidates) == 0
}

describe_problem(name, candidates, _) := sprintf("%s has more than one value in the profile", [name]) if {
	count(candidates) > 1
}

describe_problem(name, candidates, kind) := sprintf("%s: expected a %s, found %s", [
	name,
	kind,
	json.marshal(value),
]) if {
	count(candidates) == 1
	some value in candidates
}

default annotations(_) := {}

annotations(chain) := entry.annotations if {
	some entry in chain
	entry.annotations.scope == "package"
}
