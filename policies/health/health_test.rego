package health_test

import data.health

metric(name, verdict, changes) := object.union(
	{
		"metric": name, "catalogue_metric": name, "verdict": verdict, "severity": "info",
		"critical": false, "in_baseline": true, "sentence": "…",
	},
	changes,
)

waiting := metric("latency.workflow_schedule_to_start_p99", "regressed", {"severity": "critical", "critical": true})

busy := metric(
	"resources.cpu_utilization.history",
	"regressed",
	{"severity": "warning", "catalogue_metric": "resources.cpu_utilization"},
)

fine := metric("throughput.state_transitions_per_sec", "unchanged", {"critical": true})

blind := metric("dsql_pool.open_failures", "no_data", {"critical": true})

change(key, acts_on) := {"kind": "config", "key": key, "old_value": 1, "new_value": 2, "acts_on": acts_on}

test_nothing_regressed_is_healthy if {
	verdict := health.verdict with input as {"metrics": [fine]}
	verdict.health == "healthy"
	verdict.summary == "healthy: 0 of 1 metrics regressed, 0 critical ones unknown, 0 candidates"
	verdict.conformance == null
}

test_a_regressed_metric_is_drift_the_gravest_first if {
	verdict := health.verdict with input as {"metrics": [fine, busy, waiting]}
	verdict.health == "critical"
	[found.metric | some found in verdict.drifted] == [
		"latency.workflow_schedule_to_start_p99",
		"resources.cpu_utilization.history",
	]
}

test_one_that_is_not_critical_degrades if health.status == "degraded" with input as {"metrics": [fine, busy]}

test_a_critical_metric_that_is_missing_makes_it_unknown if {
	verdict := health.verdict with input as {"metrics": [fine, blind]}
	verdict.health == "unknown"
	[found.metric | some found in verdict.unknown] == ["dsql_pool.open_failures"]
	health.status == "unknown" with input as {"metrics": [fine, object.union(blind, {"verdict": "inconclusive"})]}
}

test_what_the_baseline_does_not_know_is_no_drift if {
	health.status == "healthy" with input as {"metrics": [fine, object.union(blind, {"in_baseline": false})]}
}

test_a_regression_is_known_whatever_is_missing if health.status == "critical"
	with input as {"metrics": [waiting, blind]}

test_nothing_compared_is_unknown if {
	health.status == "unknown" with input as {"metrics": []}
	health.status == "unknown" with input as {}
	health.status == "unknown" with input as {"metrics": [metric("matching.backlog_age", "inconclusive", {})]}
}

test_drifted_conformance_degrades if {
	verdict := health.verdict
		with input as {"metrics": [fine], "conformance": {"label": "drifted", "preset_name": "mid-scale"}}
	verdict.health == "degraded"
	verdict.conformance == "drifted"
	verdict.summary == concat("", [
		"degraded: 0 of 1 metrics regressed, 0 critical ones unknown, 0 candidates; drifted against mid-scale",
	])
}

test_inconclusive_conformance_leaves_health_alone if {
	health.status == "healthy"
		with input as {"metrics": [fine], "conformance": {"label": "inconclusive", "preset_name": "mid-scale"}}
}

test_a_change_that_acts_on_a_regressed_metric_is_a_candidate if {
	found := health.candidates with input as {
		"metrics": [waiting, busy, fine],
		"changes": [
			change("history.replicas", ["resources.cpu_utilization", "throughput.state_transitions_per_sec"]),
			change("matching.rps", ["throughput.state_transitions_per_sec"]),
			change("frontend.rps", []),
		],
	}
	found == [{
		"kind": "config",
		"key": "history.replicas",
		"old_value": 1,
		"new_value": 2,
		"metrics": ["resources.cpu_utilization.history"],
		"sentence": concat("", [
			"history.replicas changed since the baseline and is known to act on ",
			"resources.cpu_utilization.history: a candidate, not the cause",
		]),
	}]
}

load_change(old, new, acts_on) := {
	"kind": "load",
	"key": "throughput.workflows_started_per_sec",
	"old_value": old,
	"new_value": new,
	"acts_on": acts_on,
}

test_a_load_that_rose_is_a_candidate_for_what_it_moves if {
	found := health.candidates with input as {
		"metrics": [waiting, busy],
		"changes": [load_change(40, 100.004, [waiting.metric])],
	}
	[candidate.sentence | some candidate in found] == [concat("", [
		"the load went from 40 to 100 (throughput.workflows_started_per_sec) and is known to act on ",
		"latency.workflow_schedule_to_start_p99: a candidate, not the cause",
	])]
}

test_a_load_that_fell_raises_no_metric if {
	fell := load_change(100, 40, [waiting.metric, "dsql_pool.reservoir_size"])
	longer := object.union(waiting, {"old_value": 100, "new_value": 300})
	fewer := metric("dsql_pool.reservoir_size", "regressed", {"old_value": 500, "new_value": 100})
	found := health.candidates with input as {"metrics": [longer, fewer], "changes": [fell]}
	[candidate.metrics | some candidate in found] == [["dsql_pool.reservoir_size"]]
}

test_an_unknown_version_is_not_a_candidate if {
	upgrade := {
		"kind": "version",
		"key": "temporal_server_version",
		"old_value": "1.31",
		"new_value": "1.32",
		"acts_on": [waiting.metric],
	}
	count(health.candidates) == 1 with input as {"metrics": [waiting], "changes": [upgrade]}
	count(health.candidates) == 0
		with input as {"metrics": [waiting], "changes": [object.union(upgrade, {"new_value": null})]}
	count(health.candidates) == 0
		with input as {"metrics": [waiting], "changes": [object.union(upgrade, {"old_value": null})]}
}

test_without_drift_there_is_no_candidate if {
	count(health.candidates) == 0 with input as {"metrics": [fine], "changes": [change("history.replicas", [fine.metric])]}
}
