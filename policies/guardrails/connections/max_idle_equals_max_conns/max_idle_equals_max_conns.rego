# METADATA
# title: Idle connections differ from the pool's maximum
# description: >-
#   A pool closes connections above its idle maximum, and opens them again with the next burst. DSQL
#   limits how fast connections are opened, so such a pool waits for the open rate exactly when the
#   load arrives.
# custom:
#   severity: error
#   parameters:
#     - persistence.maxConns
#     - persistence.maxIdleConns
#   remedy: >-
#     use the derived value of persistence.maxIdleConns, or set it to the value of
#     persistence.maxConns
package guardrails.connections.max_idle_equals_max_conns

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["persistence.maxIdleConns"] != facts["persistence.maxConns"]
	message := sprintf("%s is %v and %s is %v", [
		rule.describe_key("persistence.maxIdleConns"),
		facts["persistence.maxIdleConns"],
		rule.describe_key("persistence.maxConns"),
		facts["persistence.maxConns"],
	])
}
