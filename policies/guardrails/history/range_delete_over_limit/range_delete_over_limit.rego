# METADATA
# title: A range delete too large for a transaction
# description: >-
#   A queue deletes its acknowledged tasks in one range delete for each shard. If it exceeds DSQL's
#   limit of rows per transaction, the delete fails each time, and the queue grows without end.
# custom:
#   severity: error
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
#   remedy: >-
#     shorten the update-ack interval of the queue, or use the derived one; more shards divide the
#     rows
#   source: Aurora DSQL user guide, quotas chapter
package guardrails.history.range_delete_over_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some queue in ["timer", "transfer", "visibility", "outbound"]
	key := sprintf("history.%sProcessorUpdateAckInterval", [queue])
	rows := (facts.needs.dispatches_per_sec * facts[key]) / facts["history.shards"]
	rows > facts.limits.transaction_rows
	template := concat("", [
		"%v tasks/s over %v shards for %s = %v rows in one delete of the %s queue, over the %v of a ",
		"transaction",
	])
	message := sprintf(template, [
		words.number(facts.needs.dispatches_per_sec),
		facts["history.shards"],
		facts.given[key],
		words.number(rows),
		queue,
		facts.limits.transaction_rows,
	])
}
