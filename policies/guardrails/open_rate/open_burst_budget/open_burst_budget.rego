# METADATA
# title: Instances together open too many connections at once
# description: >-
#   A deployment or a failover can start all instances together, and each of them opens connections
#   without a limit until its burst is spent. DSQL refuses connections above the cluster's burst,
#   and the instances start with errors.
# custom:
#   severity: error
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - dsql.connection_burst_limit
#     - dsql.distributed_rate_limiter_enabled
#     - dsql.distributed_rate_limiter_table
#   kinds:
#     dsql.distributed_rate_limiter_enabled: bool
#     dsql.distributed_rate_limiter_table: string
#   limits:
#     - connection_burst
#   remedy: >-
#     use the derived value of dsql.connection_burst_limit, or share one budget:
#     dsql.distributed_rate_limiter_enabled
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.open_rate.open_burst_budget

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	not connections.is_shared(facts)
	burst := connections.total(facts, "dsql.connection_burst_limit")
	burst > facts.limits.connection_burst
	message := sprintf("%s%s = %v connections at once, over the cluster's %v", [
		words.counted(connections.instances(facts), "instance"),
		connections.each_of(facts, sprintf("a burst of %v", [facts["dsql.connection_burst_limit"]])),
		burst,
		facts.limits.connection_burst,
	])
}
