# METADATA
# title: Pools that grow faster than connections can be opened
# description: >-
#   Pools are read at start, so that a larger pool comes with new instances: deployment.rolling_surge
#   says how many start at once, and each opens all of its connections, while those that still
#   run go on replacing theirs. With opens = instances x surge x pools x connections, and
#   room = burst + rate x (1 - refill share) x connection timeout, opens above room leave
#   callers without a connection for longer than they wait, in the middle of the rollout.
# custom:
#   severity: error
#   parameters:
#     - persistence.maxConns
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_enabled
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - visibility.store
#     - deployment.rolling_surge
#     - dsql.connection_timeout
#   kinds:
#     visibility.store: string
#     dsql.reservoir_enabled: bool
#     dsql.connection_timeout: duration
#   limits:
#     - connection_burst
#     - connections_per_second
#   margins:
#     - refill_share
#   remediation: >-
#     grow in several steps, start fewer instances at once (deployment.rolling_surge), or
#     raise dsql.connection_timeout
#   source: Aurora DSQL user guide, quotas chapter (burst and rate of new connections)
package guardrails.open_rate.pool_growth_over_open_rate

import data.lib.connections
import data.lib.deployed
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

# what the sum of running connections is made of
compared := [
	"persistence.maxConns",
	"dsql.reservoir_target_ready",
	"dsql.reservoir_enabled",
	"history.replicas",
	"matching.replicas",
	"frontend.replicas",
	"worker.replicas",
	"visibility.store",
]

messages contains message if some message in deployed.unsaid(facts, compared)

messages contains message if {
	running := connections.steady(deployed.values(facts, compared))
	grown := connections.steady(facts)
	grown > running
	opens := connections.step(facts)
	rate := facts.limits.connections_per_second * (1 - facts.margins.refill_share)
	room := facts.limits.connection_burst + (rate * facts["dsql.connection_timeout"])
	opens > room
	message := sprintf("from %v connections to %v, %v of them at once: a burst of %v and %v/s over the %s that a caller waits open %v", [
		words.number(running),
		words.number(grown),
		words.number(opens),
		facts.limits.connection_burst,
		words.number(rate),
		facts.given["dsql.connection_timeout"],
		words.number(room),
	])
}
