# METADATA
# title: Whether a behaviour profile keeps the promises of its preset
# description: >-
#   Each promise bounds a statistic of the whole window. A cluster conforms if every promise was
#   observed and kept. It has drifted if one was broken. Otherwise, with data missing, the verdict
#   is inconclusive. The input holds the promises, the observations, and the share of its samples
#   that a metric needs.
package conformance

import data.lib.words

# METADATA
# title: The verdict, with the result of each metric
# entrypoint: true
verdict := {
	"label": label,
	"preset_name": object.get(input, "preset_name", ""),
	"metric_results": results,
	"excepted": [metric | some metric in excepted],
	"not_exported": [metric | some metric in not_exported],
	"summary": summary,
}

# METADATA
# title: The result of each promise for each of its observations
# description: A metric that is spread over services has one observation for each.
results := [result | some promise in promises; some result in results_of(promise)]

# METADATA
# title: The promises that apply, without those that the caller excepts and those of absent exporters
promises := [promise |
	some promise in object.get(input, "promises", [])
	not promise.metric in excepted
	not promise.metric in not_exported
]

# METADATA
# title: The promises of an exporter that the cluster does not have
# description: >-
#   The server and the plugin always export their metrics. Metrics of containers and workers come
#   from separate exporters. If a cluster has no metric of an exporter, the promises of that
#   exporter do not apply. If it has some, a missing one is inconclusive.
not_exported contains promise.metric if {
	some promise in object.get(input, "promises", [])
	not promise.metric in excepted
	promise.exporter in {"container", "worker"}
	not promise.exporter in present_exporters
}

present_exporters contains promise.exporter if {
	some promise in object.get(input, "promises", [])
	some observed in input.observed[promise.metric]
	observed.status != "no_data"
}

excepted contains promise.metric if {
	some promise in object.get(input, "promises", [])
	promise.metric in object.get(input, "except", [])
}

# METADATA
# title: The overall result
# description: Conforming needs evidence for every promise.
# scope: document
default label := "inconclusive"

label := "drifted" if failing > 0

label := "conforming" if {
	count(promises) > 0
	passing == count(results)
	{promise.metric | some promise in promises} == {result.catalogue_metric | some result in results}
}

failing := count([1 | some result in results; result.result == "fail"])

passing := count([1 | some result in results; result.result == "pass"])

missing := (count(results) - passing) - failing

summary := "no promise to check" if count(promises) == 0

summary := sprintf("%s: %d of %d metrics inside their bounds, %d outside, %d without data%s", [
	label, passing, count(results), failing, missing, absent_suffix,
]) if {
	count(promises) > 0
}

default absent_suffix := ""

absent_suffix := sprintf(", %d not exported", [count(not_exported)]) if count(not_exported) > 0

# results_of returns the results of one promise. The first body is the common case: every
# sample is there and inside the one upper bound. It takes a quarter of the time of the general case
results_of(promise) := inside if {
	not promise.lower
	is_number(promise.upper.value)
	observed_series := input.observed[promise.metric]
	count(observed_series) > 0
	detail := concat(" ", [promise.upper.statistic, "is inside"])
	inside := [{
		"metric": observed.metric,
		"catalogue_metric": promise.metric,
		"unit": promise.unit,
		"statistic": promise.upper.statistic,
		"observed_value": value,
		"lower_bound": null,
		"upper_bound": promise.upper.value,
		"result": "pass",
		"excess": 0,
		"detail": detail,
	} |
		some observed in observed_series
		observed.status == "ok"
		observed.samples >= observed.expected
		value := observed.statistics[promise.upper.statistic]
		is_number(value)
		value <= promise.upper.value
	]
	count(inside) == count(observed_series)
} else := [result_of(promise, observed) | some observed in observations(promise.metric)]

# observations of a metric; those of all its services are listed under its plain name
observations(metric) := input.observed[metric] if {
	count(input.observed[metric]) > 0
} else := [{"metric": metric, "status": "no_data", "reason": "it is not in the profile"}]

result_of(promise, observed) := result_without_data(promise, observed.metric, observed.reason) if {
	observed.status == "no_data"
} else := result_without_data(promise, observed.metric, reason) if {
	observed.samples < input.min_coverage * observed.expected
	reason := sprintf("expected %v %% of %v samples, found %v", [
		words.number(input.min_coverage * 100), observed.expected, observed.samples,
	])
} else := checked_result(promise, observed, sides) if {
	sides := [side | some name in ["upper", "lower"]; side := checked_side(promise[name], observed, name)]
	count(sides) == count(object.filter(promise, ["upper", "lower"]))
} else := result_without_data(promise, observed.metric, "the facts about it are incomplete")

# checked_result shows the sides that are broken, or both if none is
checked_result(promise, observed, sides) := {
	"metric": observed.metric,
	"catalogue_metric": promise.metric,
	"unit": promise.unit,
	"statistic": shown[0].statistic,
	"observed_value": shown[0].observed,
	"lower_bound": object.get(promise, ["lower", "value"], null),
	"upper_bound": object.get(promise, ["upper", "value"], null),
	"result": pass_or_fail(sides),
	"excess": max([side.excess | some side in sides]),
	"detail": concat("; ", [describe_side(side, promise.unit) | some side in shown]),
} if {
	shown := broken_or_all(sides)
}

pass_or_fail(sides) := "fail" if {
	some side in sides
	side.excess > 0
} else := "pass"

broken_or_all(sides) := broken if {
	broken := [side | some side in sides; side.excess > 0]
	count(broken) > 0
} else := sides

result_without_data(promise, metric, reason) := {
	"metric": metric,
	"catalogue_metric": promise.metric,
	"unit": object.get(promise, "unit", ""),
	"statistic": null,
	"observed_value": null,
	"lower_bound": object.get(promise, ["lower", "value"], null),
	"upper_bound": object.get(promise, ["upper", "value"], null),
	"result": "no_data",
	"excess": null,
	"detail": reason,
}

# checked_side compares the statistic that one side bounds, and by how much it is outside
checked_side(limit, observed, name) := {
	"name": name,
	"limit": limit.value,
	"statistic": limit.statistic,
	"observed": value,
	"excess": excess(name, value, limit.value),
} if {
	value := observed.statistics[limit.statistic]
	is_number(value)
	is_number(limit.value)
}

default excess(_, _, _) := 0

excess("upper", value, limit) := value - limit if value > limit

excess("lower", value, limit) := limit - value if value < limit

prepositions := {"upper": "over", "lower": "under"}

describe_side(side, unit) := concat(" ", [side.statistic, "is inside"]) if {
	side.excess == 0
} else := sprintf("%s is %s, %s (%v %%) %s the bound of %s", [
	side.statistic,
	words.measured(side.observed, unit),
	words.measured(side.excess, unit),
	round((100 * side.excess) / side.limit),
	prepositions[side.name],
	words.measured(side.limit, unit),
]) if {
	side.limit > 0
} else := sprintf("%s is %s, over the bound of %s", [
	side.statistic,
	words.measured(side.observed, unit),
	words.measured(side.limit, unit),
])
