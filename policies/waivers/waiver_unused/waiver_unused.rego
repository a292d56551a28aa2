# METADATA
# title: A waiver that is not needed
# description: >-
#   A waiver that stays behind hides the finding when it comes back.
# custom:
#   severity: warning
#   parameters: []
#   remedy: remove the waiver
package waivers.waiver_unused

import data.lib.rule

warn contains finding if {
	some nth, waiver in input.waivers
	not data.waivers.is_expired(waiver)
	data.waivers.may_exist(waiver.rule)
	not waiver.rule in data.waivers.reported_rules
	message := sprintf(
		"%s has no finding in this deployment, but %s waives it until %s",
		[waiver.rule, waiver.owner, waiver.expires],
	)
	some found in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(found, {"nth": nth})
}
