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
facts(chain) := object.union_n([readings, {"given": given}, amounts]) if {
	about := annotations(chain)
	reads := kinds(about)
	given := {key: plain(value) | some key, _ in reads; count(stated[key]) == 1; some value in stated[key]}
	readings := {key: reading | some key, kind in reads; reading := read(given[key], kind)}
	amounts := {group: {name: plain(input[group][name]) | some name in declared(about, group)} | some group in groups}
}

# plain: a whole number without an exponent, however the caller's JSON parser spells
# it, so that every runner prints the same message
plain(value) := to_number(format_int(value, 10)) if {
	is_number(value)
	value == floor(value)
} else := value

# problems: what keeps a guard rail that says this about itself from being judged
problems(about) := {"the rule has no METADATA"} if count(about) == 0

problems(about) := parameters | quantities if {
	count(about) > 0
	parameters := {problem |
		some key, kind in kinds(about)
		problem := fault(key, object.get(stated, key, set()), kind)
	}
	quantities := {problem |
		some group in groups
		some name in declared(about, group)
		problem := fault(sprintf("%s.%s", [group, name]), {value | value := input[group][name]}, "positive number")
	}
}

# fault of something that should have one value, of one kind
fault(name, values, _) := sprintf("%s is missing from the profile", [name]) if count(values) == 0

fault(name, values, _) := sprintf("%s has more than one value in the profile", [name]) if count(values) > 1

fault(name, values, kind) := sprintf("%s is %s, not a %s", [name, json.marshal(value), kind]) if {
	count(values) == 1
	some value in values
	not readable(value, kind)
}

readable(value, kind) if _ = read(value, kind)

# read a value as its kind; undefined where it is of another
read(value, "number") := value if is_number(value)

read(value, "positive number") := value if {
	is_number(value)
	value > 0
}

read(value, "bool") := value if is_boolean(value)

read(value, "string") := value if is_string(value)

read(value, "duration") := time.parse_duration_ns(value) / 1000000000 if is_string(value)

# kinds of the declared parameters: a number, where nothing else is said
kinds(about) := {key: object.get(others, key, "number") | some key in declared(about, "parameters")} if {
	others := object.get(about, ["custom", "kinds"], {})
}

declared(about, group) := object.get(about, ["custom", group], [])

default annotations(_) := {}

annotations(chain) := [entry.annotations | some entry in chain; entry.annotations.scope == "package"][0]

# stated: the values of each key, over all lists of the profile
stated[parameter.key] contains parameter.value if {
	some list in ["slo_params", "topology_params", "safety_params", "tuning_params"]
	some parameter in input[list]
}
