# METADATA
# title: One failed renewal loses the lease
# description: >-
#   A renewal can fail because the table is throttled or slow. If there is no time for a second
#   attempt, a single failure frees the slots of a healthy instance, which keeps its connections.
# custom:
#   severity: warning
#   parameters:
#     - dsql.slot_block_enabled
#     - dsql.slot_block_ttl
#     - dsql.slot_block_renew_interval
#   kinds:
#     dsql.slot_block_enabled: bool
#     dsql.slot_block_ttl: duration
#     dsql.slot_block_renew_interval: duration
#   remedy: >-
#     use the derived value of dsql.slot_block_renew_interval, which is a third of the lease
package guardrails.leases.lease_renewal_without_retry

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	interval := facts["dsql.slot_block_renew_interval"]
	interval < facts["dsql.slot_block_ttl"]
	interval * 2 >= facts["dsql.slot_block_ttl"]
	message := sprintf("a lease lasts %s and is renewed every %s: if one renewal fails, it ends before the next", [
		facts.given["dsql.slot_block_ttl"],
		facts.given["dsql.slot_block_renew_interval"],
	])
}
