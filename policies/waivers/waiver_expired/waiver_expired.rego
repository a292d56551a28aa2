# METADATA
# title: A waiver past its last day
# description: >-
#   What was agreed for a time goes on for ever unless somebody is asked again.
# custom:
#   severity: error
#   parameters: []
#   remediation: "do what the rule asks for and drop the waiver, or agree on another day"
package waivers.waiver_expired

import data.lib.rule
import data.waivers

deny contains finding if {
	some nth, waiver in input.waivers
	waivers.expired(waiver)
	message := sprintf("the waiver of %s by %s expired on %s: %s", [waiver.rule, waiver.owner, waiver.expires, waiver.reason])
	some said in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(said, {"nth": nth})
}
