# METADATA
# title: A lease ends before it is renewed
# description: >-
#   A lease that is renewed only after it has ended can be given to another instance while its
#   connections are still open. The plugin logs the failed renewal and keeps its connections, so the
#   cluster holds more than was leased.
# custom:
#   severity: error
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
package guardrails.leases.lease_renewal_over_ttl

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	facts["dsql.slot_block_renew_interval"] >= facts["dsql.slot_block_ttl"]
	message := sprintf("a lease lasts %s and is renewed every %s", [
		facts.given["dsql.slot_block_ttl"],
		facts.given["dsql.slot_block_renew_interval"],
	])
}
