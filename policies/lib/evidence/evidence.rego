# METADATA
# title: Evidence for a change, from the results of conformance
package lib.evidence

import data.conformance

# failing_results: the results of a metric that are outside their bounds
failing_results(metric) := [result |
	some result in conformance.results
	result.catalogue_metric == metric
	result.result == "fail"
]

# failing_results_of_all: those of several metrics
failing_results_of_all(metrics) := [result |
	some metric in metrics
	some result in failing_results(metric)
]

# is_within_bounds reports whether a metric was observed and every result passes
is_within_bounds(metric) if {
	results := {result.result | some result in conformance.results; result.catalogue_metric == metric}
	results == {"pass"}
}

# level: a statistic of a metric that has one value for the whole cluster
level(metric, statistic) := input.observed[metric][0].statistics[statistic]

# scale_count raises a count in proportion to how far a result is over its upper bound
scale_count(current, result) := ceil((current * result.observed_value) / result.upper_bound)

# from_results returns results as the evidence of a proposal
from_results(results) := [{
	"metric": result.metric,
	"statistic": result.statistic,
	"value": result.observed_value,
	"bound": object.get(result, broken_bound(result), null),
	"unit": result.unit,
	"detail": result.detail,
} |
	some result in results
]

default broken_bound(_) := "upper_bound"

broken_bound(result) := "lower_bound" if result.observed_value < result.lower_bound

# dispatches: tasks per second that matching hands out at the observed load
dispatches := level("throughput.state_transitions_per_sec", "p95") * dispatches_per_transition

# dispatches_per_transition: those of a workflow of the stated shape
dispatches_per_transition := input.needs.dispatches_per_workflow / input.needs.transitions_per_workflow

# dispatches_per_partition: those of one partition
dispatches_per_partition := dispatches / input.values["matching.numTaskqueueWritePartitions"]
