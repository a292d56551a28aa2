# METADATA
# title: Findings of single services, namespaces and task queues
# description: >-
#   A profile lists the places that have their own values. Every guard rail is evaluated again with
#   the values of each place, and with those of wider places, to which the server falls back. A
#   finding about one of its own values is a finding of the place, unless the rest of the cluster
#   has it too.
package lib.places

deny contains finding if some finding in findings("deny")

warn contains finding if some finding in findings("warn")

findings(verdict) := {finding |
	some place in input.places

	# each place is evaluated separately, because its input differs
	# regal ignore:with-outside-test-context
	some found in found_by(verdict) with input as profile_of(place)
	some key in found.parameter_keys
	key in object.keys(place.values)
	not {"rule_name": found.rule_name, "msg": found.msg} in found_elsewhere(verdict)
	finding := object.union(found, {
		"msg": sprintf("%s: %s", [place.place, found.msg]),
		"field": sprintf("%s.overrides", [place.field]),
	})
}

found_by(verdict) := {finding |
	finding := data.guardrails[_][_][verdict][_]
	is_object(finding)
}

found_elsewhere(verdict) := {object.filter(finding, ["rule_name", "msg"]) | some finding in found_by(verdict)}

lists := ["slo_params", "topology_params", "safety_params", "tuning_params"]

# profile_of: the profile as it holds at a place
profile_of(place) := object.union_n([object.remove(input, ["places"]), placed, {"tuning_params": tuning}]) if {
	values := object.union_n(array.concat(fallbacks(place), [place.values]))
	placed := {list: parameters |
		some list in lists
		parameters := [place_value(parameter, values) | some parameter in input[list]]
	}
	known := {parameter.key | some list in lists; some parameter in placed[list]}
	tuning := array.concat(placed.tuning_params, [parameter |
		some key, value in values
		not key in known
		parameter := {"key": key, "value": value, "classification": "tuning", "source": "override"}
	])
}

# searches: under which constraints a server looks for the values of a task queue, the last one first
searches := [{"namespace"}, {"taskQueueName"}, {"namespace", "taskQueueName"}]

# fallbacks: the values of the wider places of a place, the closest one last
fallbacks(place) := [values |
	some names in searches
	constraints := object.filter(object.get(place, "constraints", {}), names)
	constraints != place.constraints
	some values in values_under[constraints]
]

values_under[constraints] contains values if {
	some place in input.places
	constraints := place.constraints
	values := place.values
}

place_value(parameter, values) := object.union(parameter, {"value": values[parameter.key], "source": "override"}) if {
	parameter.key in object.keys(values)
} else := parameter
