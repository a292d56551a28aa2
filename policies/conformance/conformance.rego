# METADATA
# title: Whether a behaviour profile keeps what its preset promises
# description: >-
#   Each promise is held against the statistics of the whole window. A cluster conforms where
#   every promise was observed and kept; it has drifted where one was not kept; and where
#   something is missing, and nothing else is wrong, nobody can tell. The input holds the
#   promises, what was observed, and the share of its samples that a metric needs.
package conformance

import data.lib.words

# METADATA
# title: The verdict, with its result for each metric
# entrypoint: true
verdict := {
	"label": label,
	"preset_name": object.get(input, "preset_name", ""),
	"metric_results": results,
	"excepted": [metric | some metric in excepted],
	"summary": summary,
}

# METADATA
# title: Each promise against each of its observations
# description: One of each service, where the metric is spread over services.
results := [found | some promise in held; some found in judged(promise)]

# METADATA
# title: The promises that are held, but for those that the caller excepts
held := [promise | some promise in object.get(input, "promises", []); not promise.metric in excepted]

excepted := {promise.metric | some promise in object.get(input, "promises", []); promise.metric in object.get(input, "except", [])}

# METADATA
# title: What the verdict comes down to
# description: Conforming is said of what was seen to conform, and of nothing else.
default label := "inconclusive"

label := "drifted" if failing > 0

label := "conforming" if {
	count(held) > 0
	passing == count(results)
	{promise.metric | some promise in held} == {result.of | some result in results}
}

failing := count([1 | some result in results; result.result == "fail"])

passing := count([1 | some result in results; result.result == "pass"])

unseen := (count(results) - passing) - failing

summary := "nothing is promised, so that nothing can be kept" if count(held) == 0

summary := sprintf("%s: %d of %d metrics inside their bounds, %d outside, %d without data", [
	label, passing, count(results), failing, unseen,
]) if {
	count(held) > 0
}

# judged: the results of one promise. Nearly always all of it was seen whole and inside of
# its one upper bound: to find that takes a quarter of what it takes to tell the rest apart
judged(promise) := inside if {
	not promise.lower
	is_number(promise.upper.value)
	seen := input.observed[promise.metric]
	count(seen) > 0
	detail := concat(" ", [promise.upper.statistic, "is inside"])
	inside := [{
		"metric": observed.metric,
		"of": promise.metric,
		"unit": promise.unit,
		"statistic": promise.upper.statistic,
		"observed_value": value,
		"lower_bound": null,
		"upper_bound": promise.upper.value,
		"result": "pass",
		"by": 0,
		"detail": detail,
	} |
		some observed in seen
		observed.status == "ok"
		observed.samples >= observed.expected
		value := observed.statistics[promise.upper.statistic]
		is_number(value)
		value <= promise.upper.value
	]
	count(inside) == count(seen)
} else := [result(promise, observed) | some observed in observations(promise.metric)]

# (what was observed of a metric that is spread over services stands under its plain name)
observations(metric) := input.observed[metric] if {
	count(input.observed[metric]) > 0
} else := [{"metric": metric, "status": "no_data", "reason": "it is not in the profile"}]

result(promise, observed) := unknown(promise, observed.metric, observed.reason) if {
	observed.status == "no_data"
} else := unknown(promise, observed.metric, sprintf("%v of %v samples are there, and %v %% are needed", [observed.samples, observed.expected, words.number(input.min_coverage * 100)])) if {
	observed.samples < input.min_coverage * observed.expected
} else := {
	"metric": observed.metric,
	"of": promise.metric,
	"unit": promise.unit,
	"statistic": told.statistic,
	"observed_value": told.observed,
	"lower_bound": object.get(promise, ["lower", "value"], null),
	"upper_bound": object.get(promise, ["upper", "value"], null),
	"result": ["pass", "fail"][min([1, count(outside)])],
	"by": max([side.by | some side in sides]),
	"detail": concat("; ", [words_of(side, promise.unit) | some side in shown]),
} if {
	sides := [side | some name in ["upper", "lower"]; side := held_by(promise[name], observed, name)]
	count(sides) == count(object.filter(promise, ["upper", "lower"]))
	outside := [side | some side in sides; side.by > 0]

	# the sides that are not kept, or else both
	shown := [sides, outside][min([1, count(outside)])]
	told := shown[0]
} else := unknown(promise, observed.metric, "it cannot be judged: the facts about it are incomplete")

unknown(promise, metric, reason) := {
	"metric": metric,
	"of": promise.metric,
	"unit": object.get(promise, "unit", ""),
	"statistic": null,
	"observed_value": null,
	"lower_bound": object.get(promise, ["lower", "value"], null),
	"upper_bound": object.get(promise, ["upper", "value"], null),
	"result": "no_data",
	"by": null,
	"detail": reason,
}

# held_by: the statistic that one side holds, and by how much that is outside
held_by(limit, observed, name) := {"name": name, "limit": limit.value, "statistic": limit.statistic, "observed": value, "by": outside_by(name, value, limit.value)} if {
	value := observed.statistics[limit.statistic]
	is_number(value)
	is_number(limit.value)
}

default outside_by(_, _, _) := 0

outside_by("upper", value, limit) := value - limit if value > limit

outside_by("lower", value, limit) := limit - value if value < limit

beyond := {"upper": "over", "lower": "under"}

words_of(side, unit) := concat(" ", [side.statistic, "is inside"]) if {
	side.by == 0
} else := sprintf("%s is %s, %s (%v %%) %s the bound of %s", [
	side.statistic, words.measured(side.observed, unit), words.measured(side.by, unit),
	round((100 * side.by) / side.limit), beyond[side.name], words.measured(side.limit, unit),
]) if {
	side.limit > 0
} else := sprintf("%s is %s, over the bound of %s", [side.statistic, words.measured(side.observed, unit), words.measured(side.limit, unit)])
