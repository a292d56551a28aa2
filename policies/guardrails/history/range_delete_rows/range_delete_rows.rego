# METADATA
# title: A range delete near the limit of a transaction
# description: >-
#   Tasks are not spread evenly over the shards, and a queue that lags deletes more at once.
#   A delete that fills a transaction on average fails on the busy shards.
# custom:
#   severity: warning
#   parameters:
#     - history.shards
#     - history.timerProcessorUpdateAckInterval
#     - history.transferProcessorUpdateAckInterval
#     - history.visibilityProcessorUpdateAckInterval
#     - history.outboundProcessorUpdateAckInterval
#   kinds:
#     history.timerProcessorUpdateAckInterval: duration
#     history.transferProcessorUpdateAckInterval: duration
#     history.visibilityProcessorUpdateAckInterval: duration
#     history.outboundProcessorUpdateAckInterval: duration
#     history.shards: positive number
#   needs:
#     - dispatches_per_sec
#   limits:
#     - transaction_rows
#   margins:
#     - range_delete_share
#   remedy: >-
#     shorten the update-ack interval of the queue, or use the derived one; more shards divide the
#     rows
package guardrails.history.range_delete_rows

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some queue in ["timer", "transfer", "visibility", "outbound"]
	key := sprintf("history.%sProcessorUpdateAckInterval", [queue])
	share := facts.margins.range_delete_share * facts.limits.transaction_rows
	rows := (facts.needs.dispatches_per_sec * facts[key]) / facts["history.shards"]
	rows > share
	rows <= facts.limits.transaction_rows
	template := concat("", [
		"%v tasks/s over %v shards for %s = %v rows in one delete of the %s queue, over the %v that leave ",
		"room for busy shards (%v of %v)",
	])
	message := sprintf(template, [
		words.number(facts.needs.dispatches_per_sec),
		facts["history.shards"],
		facts.given[key],
		words.number(rows),
		queue,
		words.number(share),
		facts.margins.range_delete_share,
		facts.limits.transaction_rows,
	])
}
