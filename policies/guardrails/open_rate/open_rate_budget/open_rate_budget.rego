# METADATA
# title: Instances together open connections too fast
# description: >-
#   Without a shared limiter each instance keeps to its own rate, and the cluster sees their
#   sum. Above the cluster's rate DSQL refuses connections, and the refused attempts use up
#   the rate of the others.
# custom:
#   severity: error
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - dsql.connection_rate_limit
#     - dsql.distributed_rate_limiter_enabled
#     - dsql.distributed_rate_limiter_table
#   kinds:
#     dsql.distributed_rate_limiter_enabled: bool
#     dsql.distributed_rate_limiter_table: string
#   limits:
#     - connections_per_second
#   remedy: >-
#     use the derived value of dsql.connection_rate_limit, or share one budget:
#     dsql.distributed_rate_limiter_enabled
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.open_rate.open_rate_budget

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	not connections.is_shared(facts)
	instances := connections.instances(facts)
	rate := connections.total(facts, "dsql.connection_rate_limit")
	rate > facts.limits.connections_per_second
	message := sprintf("%s%s = %v connections/s, over the cluster's %v/s%s", [
		words.counted(instances, "instance"),
		connections.each_of(facts, sprintf("%v/s", [facts["dsql.connection_rate_limit"]])),
		rate,
		facts.limits.connections_per_second,
		way_out(instances),
	])
}

way_out(instances) := "" if instances <= facts.limits.connections_per_second

way_out(instances) := ": so many instances need the distributed limiter" if {
	instances > facts.limits.connections_per_second
}
