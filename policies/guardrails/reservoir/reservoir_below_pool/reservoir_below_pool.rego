# METADATA
# title: A reservoir smaller than its pool
# description: >-
#   An hour after a cold start DSQL cuts all connections of a pool together, and the pool replaces
#   them from the reservoir. If the reservoir is empty, calls fail: the second plugin generation
#   fails them at once, and the first waits 100 ms and then discards the whole pool.
# custom:
#   severity: warning
#   parameters:
#     - dsql.reservoir_enabled
#     - dsql.reservoir_target_ready
#     - dsql.reservoir_low_watermark
#     - persistence.maxConns
#   kinds:
#     dsql.reservoir_enabled: bool
#   remedy: >-
#     use the derived value of dsql.reservoir_target_ready, which is the pool's size, or lower
#     persistence.maxConns
#   source: plugin repository, reservoir_driver.go and db.go
package guardrails.reservoir.reservoir_below_pool

import data.lib.connections
import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	ready := connections.reservoir(facts)
	ready > 0
	ready < facts["persistence.maxConns"]
	template := concat("", [
		"the reservoir keeps %v connections ready for a pool of %v: when the whole pool is cut, %s missing",
	])
	message := sprintf(template, [
		ready,
		facts["persistence.maxConns"],
		missing(facts["persistence.maxConns"] - ready),
	])
}

missing(1) := "1 is"

missing(n) := sprintf("%v are", [n]) if n != 1
