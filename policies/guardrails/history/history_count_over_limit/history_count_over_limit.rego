# METADATA
# title: A history that retention can never delete
# description: >-
#   Retention deletes all batches of a run's history and the row of its branch in one transaction. A
#   run with more batches than DSQL allows rows in a transaction stays in the database for ever,
#   because its deletion fails each time.
# custom:
#   severity: error
#   parameters:
#     - limit.historyCount.error
#   limits:
#     - transaction_rows
#   margins:
#     - events_per_batch
#   remedy: >-
#     use the derived value of limit.historyCount.error, or lower it; let long workflows continue
#     as new
#   source: >-
#     Aurora DSQL user guide, quotas chapter; Temporal server source,
#     common/persistence/sql/history_store.go
package guardrails.history.history_count_over_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	events := facts["limit.historyCount.error"]
	batches := events / facts.margins.events_per_batch
	batches + 1 > facts.limits.transaction_rows
	template := concat("", [
		"%s lets a run grow to %v events, some %v batches at %v events each: with the row of the branch, over ",
		"the %v rows that one transaction deletes",
	])
	message := sprintf(template, [
		rule.describe_key("limit.historyCount.error"),
		events,
		words.number(batches),
		facts.margins.events_per_batch,
		facts.limits.transaction_rows,
	])
}
