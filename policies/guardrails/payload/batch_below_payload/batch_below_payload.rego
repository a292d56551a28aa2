# METADATA
# title: A payload that is accepted but never written
# description: >-
#   A payload or a memo becomes part of an event, and the event becomes part of a batch. If the
#   limit on payloads is above the limit on batches, the largest payloads pass the frontend but can
#   never be written.
# custom:
#   severity: warning
#   parameters:
#     - system.transactionSizeLimit
#     - limit.blobSize.error
#     - limit.memoSize.error
#   remedy: >-
#     use the three derived values, or keep the payload limits below
#     system.transactionSizeLimit
#   source: Temporal server source, common/persistence/history_manager.go
package guardrails.payload.batch_below_payload

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some key in ["limit.blobSize.error", "limit.memoSize.error"]
	facts["system.transactionSizeLimit"] < facts[key]
	message := sprintf("%s accepts %v bytes, over the %v of a batch of events (system.transactionSizeLimit)", [
		key,
		facts[key],
		facts["system.transactionSizeLimit"],
	])
}
