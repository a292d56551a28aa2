package conformance_test

import data.conformance
import data.lib.observed_test as observed

latency := "latency.workflow_schedule_to_start_p99"

load := "throughput.state_transitions_per_sec"

# about: what the verdict says of one metric
about(metric) := [result | some result in conformance.results; result.metric == metric][0]

test_all_inside_is_conforming if {
	verdict := conformance.verdict with input as observed.facts({})
	verdict.label == "conforming"
	verdict.summary == "conforming: 20 of 20 metrics inside their bounds, 0 outside, 0 without data"
	verdict.preset_name == "mid-scale"
	verdict.excepted == []
}

test_at_the_bound_is_inside if {
	conformance.label == "conforming" with input as observed.facts_with(latency, [observed.observe(latency, 200, {})])
}

test_beyond_the_upper_bound_is_drifted_and_by_how_much if {
	facts := observed.facts_with(latency, [observed.observe(latency, 80, {"statistics": {"p95": 250}})])
	conformance.label == "drifted" with input as facts
	result := about(latency) with input as facts
	result == {
		"metric": latency,
		"catalogue_metric": latency,
		"unit": "ms",
		"statistic": "p95",
		"observed_value": 250,
		"lower_bound": null,
		"upper_bound": 200,
		"result": "fail",
		"excess": 50,
		"detail": "p95 is 250 ms, 50 ms (25 %) over the bound of 200 ms",
	}
}

test_the_statistic_of_the_bound_counts_not_the_mean if {
	conformance.label == "drifted"
		with input as observed.facts_with(latency, [observed.observe(latency, 80, {"statistics": {"p95": 201}})])
	conformance.label == "conforming"
		with input as observed.facts_with(latency, [observed.observe(latency, 80, {"statistics": {"mean": 201, "max": 900}})])
}

test_each_side_has_a_statistic_of_its_own if {
	low := about(load) with input as observed.facts_with(load, [observed.observe(load, 150, {"statistics": {"mean": 40}})])
	low.detail == "mean is 40 st/s, 10 st/s (20 %) under the bound of 50 st/s"
	low.statistic == "mean"
	low.observed_value == 40
	high := about(load)
		with input as observed.facts_with(load, [observed.observe(load, 150, {"statistics": {"p99": 600}})])
	high.detail == "p99 is 600 st/s, 100 st/s (20 %) over the bound of 500 st/s"
	both := about(load)
		with input as observed.facts_with(load, [observed.observe(load, 150, {"statistics": {"p99": 600, "mean": 40}})])
	both.detail == concat("", [
		"p99 is 600 st/s, 100 st/s (20 %) over the bound of 500 st/s; mean is 40 st/s, 10 st/s (20 %) under ",
		"the bound of 50 st/s",
	])
	inside := about(load) with input as observed.facts({})
	inside.detail == "p99 is inside; mean is inside"
	inside.excess == 0
}

test_over_a_bound_of_zero_has_no_share if {
	result := about("errors.dsql_auth_failures")
		with input as observed.facts_with(
			"errors.dsql_auth_failures",
			[observed.observe("errors.dsql_auth_failures", 0, {"statistics": {"max": 0.05}})],
		)
	result.detail == "max is 0.05 1/s, over the bound of 0 1/s"
}

test_each_service_is_held_to_the_promise if {
	facts := observed.facts_with("resources.cpu_utilization", [
		observed.of_service("resources.cpu_utilization", "history", 0.95),
		observed.of_service("resources.cpu_utilization", "frontend", 0.2),
	])
	conformance.label == "drifted" with input as facts
	history := about("resources.cpu_utilization.history") with input as facts
	history.result == "fail"
	frontend := about("resources.cpu_utilization.frontend") with input as facts
	frontend.result == "pass"
}

test_what_is_missing_is_inconclusive if {
	facts := observed.facts_with(latency, [])
	conformance.label == "inconclusive" with input as facts
	result := about(latency) with input as facts
	result.result == "no_data"
	result.detail == "it is not in the profile"
	result.observed_value == null
	result.upper_bound == 200
}

test_no_data_is_inconclusive_and_keeps_its_reason if {
	facts := observed.facts_with(
		latency,
		[observed.observe(latency, null, {"status": "no_data", "reason": "there are no samples", "samples": 0})],
	)
	conformance.label == "inconclusive" with input as facts
	result := about(latency) with input as facts
	result.detail == "there are no samples"
}

test_too_few_samples_are_no_data if {
	few := observed.facts_with(
		latency,
		[observed.observe(latency, 80, {"status": "partial", "reason": "x", "samples": 47})],
	)
	conformance.label == "inconclusive" with input as few
	result := about(latency) with input as few
	result.detail == "expected 80 % of 60 samples, found 47"
	conformance.label == "inconclusive"
		with input as observed.facts_with(latency, [observed.observe(latency, 80, {"samples": 47})])
	conformance.label == "conforming"
		with input as observed.facts_with(
			latency,
			[observed.observe(latency, 80, {"status": "partial", "reason": "x", "samples": 48})],
		)
}

test_a_missing_statistic_is_no_data if {
	observation := observed.observe(load, 150, {})
	facts := observed.facts_with(
		load,
		[object.union(object.remove(observation, ["statistics"]), {"statistics": {"p99": 150}})],
	)
	conformance.label == "inconclusive" with input as facts
	result := about(load) with input as facts
	result.detail == "the facts about it are incomplete"
}

test_a_null_statistic_is_no_data if {
	conformance.label == "inconclusive" with input as observed.facts_with(latency, [observed.observe(latency, null, {})])
}

test_a_null_statistic_of_a_lower_bound_is_no_data if {
	rate := "matching.sync_match_rate"
	conformance.label == "inconclusive" with input as observed.facts_with(rate, [observed.observe(rate, null, {})])
}

test_a_bound_that_is_no_number_is_no_data if {
	every limit in ["200", null] {
		facts := observed.facts({
			"promises": [{"metric": latency, "unit": "ms", "upper": {"statistic": "p95", "value": limit}}],
		})
		conformance.label == "inconclusive" with input as facts
	}
}

test_one_service_without_data_leaves_the_others if {
	memory := "resources.memory_utilization"
	facts := observed.facts_with(memory, [
		observed.of_service(memory, "history", 0.5),
		object.union(observed.of_service(memory, "frontend", 0.5), {"status": "no_data", "reason": "there are no samples"}),
	])
	conformance.label == "inconclusive" with input as facts
	history := about("resources.memory_utilization.history") with input as facts
	history.detail == "max is inside"
	frontend := about("resources.memory_utilization.frontend") with input as facts
	frontend.detail == "there are no samples"
}

test_a_promise_without_a_bound_is_no_data if {
	conformance.label == "inconclusive" with input as observed.facts({"promises": [{"metric": latency, "unit": "ms"}]})
}

exported_by(exporter) := [object.union(promise, {"exporter": exporter}) |
	some promise in observed.conforming.promises
	startswith(promise.metric, "resources.")
]

test_what_no_exporter_has_is_not_promised if {
	facts := observed.facts({"promises": array.concat(
		[promise | some promise in observed.conforming.promises; not startswith(promise.metric, "resources.")],
		exported_by("container"),
	)})
	verdict := conformance.verdict with input as with_observed(facts, without_resources)
	verdict.label == "conforming"
	count(verdict.not_exported) == 3
	endswith(verdict.summary, "without data, 3 not exported")
	whole := conformance.verdict with input as facts
	whole.not_exported == []
}

test_one_metric_of_an_exporter_makes_the_others_missing if {
	facts := observed.facts({"promises": exported_by("container")})
	one := with_observed(facts, {cpu: observed.conforming.observed[cpu]})
	conformance.label == "inconclusive" with input as one
	none := with_observed(facts, {cpu: [observed.observe(cpu, 1, {"status": "no_data"})]})
	count(conformance.not_exported) == 3 with input as none
}

with_observed(facts, observations) := object.union(object.remove(facts, ["observed"]), {"observed": observations})

cpu := "resources.cpu_utilization"

without_resources[metric] := observations if {
	some metric, observations in observed.conforming.observed
	not startswith(metric, "resources.")
}

test_drifted_wins_over_what_is_missing if {
	facts := observed.facts({"observed": {latency: [observed.observe(latency, 300, {})]}})
	conformance.label == "drifted" with input as facts
}

test_nothing_promised_is_inconclusive if {
	verdict := conformance.verdict with input as observed.facts({"promises": []})
	verdict.label == "inconclusive"
	verdict.summary == "no promise to check"
	conformance.label == "inconclusive" with input as {}
}

test_what_is_excepted_is_told_and_not_held if {
	facts := object.union(observed.facts_with(latency, []), {"except": [latency, "latency.unknown"]})
	verdict := conformance.verdict with input as facts
	verdict.label == "conforming"
	verdict.excepted == [latency]
	count([result | some result in verdict.metric_results; result.metric == latency]) == 0
}
