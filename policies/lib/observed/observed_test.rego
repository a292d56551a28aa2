# METADATA
# title: Facts of a conforming profile, to test conformance and recommendations with
package lib.observed_test

# facts with some of their fields changed
facts(changes) := object.union(conforming, changes)

# facts_with other observations of one metric
facts_with(metric, observed) := facts({"observed": object.union(conforming.observed, {metric: observed})})

# observe returns an observation with one value for all statistics, except for changes
observe(metric, value, changes) := object.union(
	{
		"metric": metric,
		"status": "ok",
		"reason": "",
		"samples": 60,
		"expected": 60,
		"statistics": object.union(level(value), object.get(changes, "statistics", {})),
	},
	object.remove(changes, ["statistics"]),
)

# of_service returns an observation of a metric that is spread over services
of_service(metric, service, value) := object.union(
	observe(metric, value, {}),
	{"metric": concat(".", [metric, service])},
)

level(value) := {statistic: value | some statistic in ["min", "p1", "p5", "p50", "mean", "p95", "p99", "max"]}

conforming := {
	"preset_name": "mid-scale",
	"modifier": "",
	"min_coverage": 0.8,
	"except": [],
	"promises": [
		{
			"metric": "throughput.state_transitions_per_sec",
			"unit": "st/s",
			"lower": {"statistic": "mean", "value": 50},
			"upper": {"statistic": "p99", "value": 500},
		},
		{"metric": "latency.workflow_schedule_to_start_p99", "unit": "ms", "upper": {"statistic": "p95", "value": 200}},
		{"metric": "latency.activity_schedule_to_start_p99", "unit": "ms", "upper": {"statistic": "p95", "value": 200}},
		{"metric": "latency.persistence_latency_p99", "unit": "ms", "upper": {"statistic": "p95", "value": 150}},
		{"metric": "matching.sync_match_rate", "unit": "ratio", "lower": {"statistic": "p5", "value": 0.9}},
		{"metric": "matching.task_dispatch_latency", "unit": "ms", "upper": {"statistic": "p95", "value": 200}},
		{"metric": "matching.backlog_count", "unit": "tasks", "upper": {"statistic": "p95", "value": 50}},
		{"metric": "dsql_pool.pool_in_use_count", "unit": "connections", "upper": {"statistic": "p95", "value": 1200}},
		{"metric": "dsql_pool.pool_waits_per_sec", "unit": "1/s", "upper": {"statistic": "p95", "value": 9}},
		{"metric": "dsql_pool.open_failures", "unit": "1/s", "upper": {"statistic": "p99", "value": 0}},
		{"metric": "errors.dsql_auth_failures", "unit": "1/s", "upper": {"statistic": "max", "value": 0}},
		{"metric": "resources.cpu_utilization", "unit": "ratio", "upper": {"statistic": "p95", "value": 0.8}},
		{"metric": "resources.memory_utilization", "unit": "ratio", "upper": {"statistic": "max", "value": 0.9}},
		{"metric": "resources.worker_task_slot_utilization", "unit": "ratio", "upper": {"statistic": "p95", "value": 0.75}},
	],
	"observed": object.union(
		{metric: [observe(metric, value, {})] | some metric, value in {
			"throughput.state_transitions_per_sec": 150,
			"latency.workflow_schedule_to_start_p99": 80,
			"latency.activity_schedule_to_start_p99": 80,
			"latency.persistence_latency_p99": 60,
			"matching.sync_match_rate": 0.97,
			"matching.task_dispatch_latency": 40,
			"matching.backlog_count": 5,
			"dsql_pool.pool_in_use_count": 300,
			"dsql_pool.pool_waits_per_sec": 0.5,
			"dsql_pool.open_failures": 0,
			"errors.dsql_auth_failures": 0,
			"resources.worker_task_slot_utilization": 0.4,
		}},
		{metric: [of_service(metric, service, 0.5) | some service in ["history", "matching", "frontend", "worker"]] |
			some metric in ["resources.cpu_utilization", "resources.memory_utilization"]
		},
	),
}
