# METADATA
# title: A waiver past its last day
# description: >-
#   Without this error, an exception that was agreed for a limited time would last for ever.
# custom:
#   severity: error
#   parameters: []
#   remedy: fix the finding and remove the waiver, or agree on a later day
package waivers.waiver_expired

import data.lib.rule

deny contains finding if {
	some nth, waiver in input.waivers
	data.waivers.is_expired(waiver)
	message := sprintf(
		"the waiver of %s by %s expired on %s: %s",
		[waiver.rule, waiver.owner, waiver.expires, waiver.reason],
	)
	some found in rule.findings(rego.metadata.chain(), {message})
	finding := object.union(found, {"nth": nth})
}
