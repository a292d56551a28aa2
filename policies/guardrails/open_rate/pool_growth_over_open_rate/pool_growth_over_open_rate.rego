# METADATA
# title: Instances that start faster than connections can be opened
# description: >-
#   The pool size is read at start, so a larger pool needs new instances. deployment.rolling_surge
#   says how many start at once. Each waits for its first connections, while the running instances
#   replace theirs. In that time, the cluster can open burst + rate x (1 - refill share) x
#   dsql.reservoir_initial_fill_timeout connections. If more are needed, instances continue with too
#   few connections in the middle of the rollout.
# custom:
#   severity: error
#   parameters:
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - dsql.reservoir_initial_fill_timeout
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - deployment.rolling_surge
#   kinds:
#     dsql.reservoir_enabled: bool
#     dsql.reservoir_initial_fill_timeout: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   margins:
#     - refill_share
#     - startup_pool_connections
#     - startup_pools
#   remedy: >-
#     grow in several steps, start fewer instances at once (deployment.rolling_surge), or
#     raise dsql.reservoir_initial_fill_timeout
#   source: Aurora DSQL user guide, quotas chapter (burst and rate of new connections)
package guardrails.open_rate.pool_growth_over_open_rate

import data.lib.connections
import data.lib.deployed
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

# inputs of the sum of running connections
compared := [
	"persistence.maxConns",
	"dsql.reservoir_enabled",
	"dsql.reservoir_target_ready",
	"dsql.reservoir_low_watermark",
	"history.replicas",
	"matching.replicas",
	"frontend.replicas",
	"worker.replicas",
]

messages contains message if some message in deployed.problems(facts, compared)

messages contains message if {
	running := connections.steady(object.union(deployed.values(facts, compared), {"margins": facts.margins}))
	grown := connections.steady(facts)
	grown > running
	opens := connections.opened_by_update(facts)
	rate := facts.limits.connections_per_second * (1 - facts.margins.refill_share)
	room := facts.limits.connection_burst + (rate * facts["dsql.reservoir_initial_fill_timeout"])
	opens > room
	template := concat("", [
		"from %v connections to %v, and %s that start at once open %v: a burst of %v and %v/s over the ",
		"%s that a start waits open %v",
	])
	message := sprintf(template, [
		words.number(running),
		words.number(grown),
		words.counted(connections.starting(facts), "instance"),
		words.number(opens),
		facts.limits.connection_burst,
		words.number(rate),
		facts.given["dsql.reservoir_initial_fill_timeout"],
		words.number(room),
	])
}
