# METADATA
# title: What the results of conformance say for and against a change
package lib.evidence

import data.conformance

# failing: the results of a metric that are outside of their bounds
failing(metric) := [result | some result in conformance.results; result.of == metric; result.result == "fail"]

# failures of several metrics
failures(metrics) := [result | some metric in metrics; some result in failing(metric)]

# kept tells whether a metric was observed, and all of it is inside
kept(metric) if {
	results := [result.result | some result in conformance.results; result.of == metric]
	count(results) > 0
	{result | some result in results} == {"pass"}
}

# level of a metric that covers the whole cluster
level(metric, statistic) := input.observed[metric][0].statistics[statistic]

# scaled: a count, raised by as much as an observed value is over its upper bound
scaled(count_now, result) := ceil((count_now * result.observed_value) / result.upper_bound)

# told: results as evidence
told(results) := [{
	"metric": result.metric,
	"statistic": result.statistic,
	"value": result.observed_value,
	"bound": object.get(result, exceeded(result), null),
	"unit": result.unit,
	"detail": result.detail,
} |
	some result in results
]

default exceeded(_) := "upper_bound"

exceeded(result) := "lower_bound" if result.observed_value < result.lower_bound

# dispatches: tasks that matching hands out each second, as far as the load tells
dispatches := level("throughput.state_transitions_per_sec", "p95") * input.margins.dispatches_per_transition

# per_partition: those of one partition
per_partition := dispatches / input.values["matching.numTaskqueueWritePartitions"]
