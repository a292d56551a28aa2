# METADATA
# title: A payload that nearly fills its column
# description: >-
#   An event wraps its payload, and a batch of events shares one column. A payload that only just
#   fits does not fit together with the rest of its batch.
# custom:
#   severity: warning
#   parameters:
#     - limit.blobSize.error
#     - limit.memoSize.error
#   limits:
#     - column_bytes
#   margins:
#     - payload_share
#   remedy: >-
#     use the derived limits, and keep large payloads outside: a payload codec with object storage
package guardrails.payload.payload_headroom

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some key in ["limit.blobSize.error", "limit.memoSize.error"]
	share := facts.margins.payload_share * facts.limits.column_bytes
	facts[key] > share
	facts[key] <= facts.limits.column_bytes
	message := sprintf("%s accepts %v bytes, over the %v that leave room for the event around it (%v of %v)", [
		key,
		facts[key],
		words.number(share),
		facts.margins.payload_share,
		facts.limits.column_bytes,
	])
}
