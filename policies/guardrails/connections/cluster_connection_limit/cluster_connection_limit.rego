# METADATA
# title: Connections over the cluster's limit
# description: >-
#   Every instance opens a pool, and a reservoir in addition: the pool keeps the connections that it
#   takes out of the reservoir, and the reservoir fills up again. A server also opens three
#   short-lived pools before its own: the first plugin generation never stops their reservoirs, the
#   second leaves five connections of each pool open for an hour. A rolling update runs old and new
#   instances side by side. Above the cluster's limit DSQL refuses every further connection, so the
#   new instances never become healthy and the update hangs halfway.
# custom:
#   severity: error
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
#     - startup_pool_connections
#     - startup_pools
#   remedy: >-
#     lower persistence.maxConns, dsql.reservoir_target_ready or the replicas, narrow the
#     surge, replace the first plugin generation by the second, or have the cluster's connection
#     quota raised
#   source: Aurora DSQL user guide, quotas chapter; plugin repository, reservoir_driver.go
package guardrails.connections.cluster_connection_limit

import data.lib.connections
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	connections.peak(facts) > facts.limits.connections_per_cluster
	message := sprintf("%s, over the cluster's %v", [
		connections.sum_of_peak(facts),
		facts.limits.connections_per_cluster,
	])
}
