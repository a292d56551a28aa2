# METADATA
# title: The health of a cluster, how it has drifted from its baseline, and which changes may be related
# description: >-
#   The input holds the outcome of each metric since the baseline, the changes since then with
#   the metrics that each is known to act on, and the conformance if the cluster has a preset.
#   A change that acts on a regressed metric is a candidate: it may be related, but it is never
#   called the cause.
package health

import data.lib.words

# METADATA
# title: The verdict, with the drifted metrics and the candidates
# entrypoint: true
verdict := {
	"health": status,
	"drifted": regressed,
	"unknown": unknown,
	"candidates": candidates,
	"conformance": object.get(input, ["conformance", "label"], null),
	"summary": summary,
}

metrics := object.get(input, "metrics", [])

# METADATA
# title: The regressed metrics, critical ones first
regressed := array.concat(
	[metric | some metric in metrics; metric.verdict == "regressed"; metric.severity == "critical"],
	[metric | some metric in metrics; metric.verdict == "regressed"; metric.severity != "critical"],
)

# METADATA
# title: Critical metrics of the baseline whose outcome is unknown
# description: A metric that the baseline does not have cannot drift.
unknown := [metric |
	some metric in metrics
	metric.critical
	metric.in_baseline
	metric.verdict in {"no_data", "inconclusive"}
]

# METADATA
# title: Changes that are known to act on a regressed metric
candidates := [candidate |
	some change in object.get(input, "changes", [])
	not has_unknown_version(change)
	affected := [metric.metric | some metric in regressed; acts_on(change, metric)]
	count(affected) > 0
	candidate := {
		"kind": change.kind,
		"key": change.key,
		"old_value": change.old_value,
		"new_value": change.new_value,
		"metrics": affected,
		"sentence": sprintf(
			"%s and is known to act on %s: a candidate, not the cause",
			[describe_change(change), concat(", ", affected)],
		),
	}
]

describe_change(change) := sprintf("the load went from %v to %v (%s)", [
	words.number(change.old_value),
	words.number(change.new_value),
	change.key,
]) if {
	change.kind == "load"
} else := sprintf("%s changed since the baseline", [change.key])

# has_unknown_version: a version that one of the windows lacks is not a change
has_unknown_version(change) if {
	change.kind == "version"
	null in {change.old_value, change.new_value}
}

# acts_on compares plain names: a change acts on a metric in all its services. A load that fell can
# only lower a metric
acts_on(change, metric) if {
	metric.catalogue_metric in change.acts_on
	not is_raised_by_falling_load(change, metric)
}

is_raised_by_falling_load(change, metric) if {
	change.kind == "load"
	change.new_value < change.old_value
	metric.new_value > metric.old_value
}

# METADATA
# title: The health of the cluster
# description: >-
#   Healthy needs evidence: with a critical metric missing, or nothing compared, and no
#   regression, health is unknown.
# scope: document
default status := "unknown"

status := "critical" if worst == "critical"

status := "degraded" if worst == "degraded"

status := "healthy" if {
	worst == "none"
	count(unknown) == 0
	count([1 | some metric in metrics; metric.verdict in {"improved", "unchanged"}]) > 0
}

default worst := "none"

worst := "critical" if {
	some metric in regressed
	metric.severity == "critical"
} else := "degraded" if {
	count(regressed) > 0
} else := "degraded" if {
	input.conformance.label == "drifted"
}

summary := sprintf(
	"%s: %d of %d metrics regressed, %d critical ones unknown, %s%s",
	[
		status,
		count(regressed),
		count(metrics),
		count(unknown),
		words.counted(count(candidates), "candidate"),
		conformance_suffix,
	],
)

default conformance_suffix := ""

conformance_suffix := sprintf("; %s against %s", [input.conformance.label, input.conformance.preset_name]) if {
	input.conformance.label
}
