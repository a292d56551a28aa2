# METADATA
# title: Connections near the cluster's limit
# description: >-
#   Operators, maintenance jobs and a failover need the connections that are left below the limit. A
#   deployment that plans to use all of them locks its operators out when something goes wrong.
# custom:
#   severity: warning
#   parameters:
#     - history.replicas
#     - matching.replicas
#     - frontend.replicas
#     - worker.replicas
#     - persistence.maxConns
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - deployment.rolling_surge
#   kinds:
#     dsql.reservoir_enabled: bool
#   limits:
#     - connections_per_cluster
#   margins:
#     - connection_share
#     - startup_pool_connections
#     - startup_pools
#   remedy: >-
#     lower persistence.maxConns, dsql.reservoir_target_ready or the replicas, narrow the
#     surge, or have the cluster's connection quota raised
package guardrails.connections.connection_budget_headroom

import data.lib.connections
import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	budget := facts.margins.connection_share * facts.limits.connections_per_cluster
	peak := connections.peak(facts)
	peak > budget
	peak <= facts.limits.connections_per_cluster
	message := sprintf("%s, over the %v that a deployment should plan for (%v of the cluster's %v)", [
		connections.sum_of_peak(facts),
		words.number(budget),
		facts.margins.connection_share,
		facts.limits.connections_per_cluster,
	])
}
