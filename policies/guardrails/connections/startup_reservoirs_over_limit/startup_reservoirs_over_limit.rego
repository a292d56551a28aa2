# METADATA
# title: Reservoirs of short-lived pools stay open
# description: >-
#   A server opens three pools before its own: for the schema version, the cluster's metadata and
#   the system namespaces. The first plugin generation never stops their reservoirs, so an
#   instance holds four of them next to its pool.
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
#     - startup_pools
#   remediation: >-
#     lower persistence.maxConns and dsql.reservoir_target_ready, narrow the surge, or run the
#     second plugin generation
#   source: plugin repository, reservoir_driver.go and plugin.go, January 2026
package guardrails.connections.startup_reservoirs_over_limit

import data.lib.connections
import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	input.dsql_plugin_version == "1"
	instances := connections.peak_instances(facts)
	reservoirs := 1 + facts.margins.startup_pools
	peak := instances * (facts["persistence.maxConns"] + (reservoirs * connections.reservoir(facts)))
	connections.peak(facts) <= facts.limits.connections_per_cluster
	peak > facts.limits.connections_per_cluster
	message := sprintf("%s during a rolling update x (%v in the pool + %v reservoirs of %v) = %v connections, over the cluster's %v", [
		words.counted(instances, "instance"),
		facts["persistence.maxConns"],
		reservoirs,
		connections.reservoir(facts),
		peak,
		facts.limits.connections_per_cluster,
	])
}
