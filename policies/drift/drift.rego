# METADATA
# title: Whether a cluster has left its baseline, and what may have to do with it
# description: >-
#   The input holds what became of each metric since the baseline, what changed since then with
#   the metrics that each change is known to act on, and, where the cluster is held to a preset,
#   its conformance. A change that acts on a regressed metric is a candidate: named, since it may
#   have to do with it, and never called its cause.
package drift

# METADATA
# title: The verdict, with what drifted and what may have to do with it
# entrypoint: true
verdict := {
	"health": health,
	"drifted": drifted,
	"unknown": unknown,
	"candidates": candidates,
	"conformance": object.get(input, ["conformance", "label"], null),
	"summary": summary,
}

metrics := object.get(input, "metrics", [])

# METADATA
# title: The metrics that regressed, the gravest first
drifted := array.concat(
	[metric | some metric in metrics; metric.verdict == "regressed"; metric.severity == "critical"],
	[metric | some metric in metrics; metric.verdict == "regressed"; metric.severity != "critical"],
)

# METADATA
# title: Critical metrics that the baseline knows, and of which nobody can tell what became
# description: What the baseline does not know either cannot have drifted.
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
	not untold(change)
	acted := [metric.metric | some metric in drifted; acts_on(change, metric)]
	count(acted) > 0
	candidate := {
		"kind": change.kind,
		"key": change.key,
		"old_value": change.old_value,
		"new_value": change.new_value,
		"metrics": acted,
		"sentence": sprintf("%s changed since the baseline and is known to act on %s: a candidate, not the cause", [change.key, concat(", ", acted)]),
	}
]

# a version that one of the windows does not tell has not been seen to change
untold(change) if {
	change.kind == "version"
	null in {change.old_value, change.new_value}
}

# (a metric that is spread over services is acted on under its plain name)
acts_on(change, metric) if metric.of in change.acts_on

# METADATA
# title: How the cluster is
# description: >-
#   Healthy is said of what was compared and found well; where a critical metric is missing, or
#   nothing was compared, and nothing regressed, nobody knows.
default health := "unknown"

health := "critical" if worst == "critical"

health := "degraded" if worst == "degraded"

health := "healthy" if {
	worst == "none"
	count(unknown) == 0
	count([1 | some metric in metrics; metric.verdict in {"improved", "unchanged"}]) > 0
}

worst := "critical" if {
	some metric in drifted
	metric.severity == "critical"
} else := "degraded" if {
	count(drifted) > 0
} else := "degraded" if {
	input.conformance.label == "drifted"
} else := "none"

summary := sprintf("%s: %d of %d metrics regressed, %d critical ones unknown, %d candidates%s", [health, count(drifted), count(metrics), count(unknown), count(candidates), conforms])

default conforms := ""

conforms := sprintf("; %s against %s", [input.conformance.label, input.conformance.preset_name]) if input.conformance.label
