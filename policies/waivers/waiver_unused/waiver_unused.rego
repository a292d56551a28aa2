# METADATA
# title: A waiver of a rule that has nothing to say
# description: >-
#   A waiver that is left behind hides the finding when it comes back.
# custom:
#   severity: warning
#   parameters: []
#   remediation: drop the waiver
package waivers.waiver_unused

import data.lib.rule
import data.waivers

warn contains finding if {
	some nth, waiver in input.waivers
	not waivers.expired(waiver)
	waivers.possible(waiver.rule)
	not waiver.rule in waivers.found
	message := sprintf("%s has nothing to say of this deployment, and %s waives it until %s", [waiver.rule, waiver.owner, waiver.expires])
	some said in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(said, {"nth": nth})
}
