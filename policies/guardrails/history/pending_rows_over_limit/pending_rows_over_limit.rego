# METADATA
# title: A workflow task too large for a transaction
# description: >-
#   A workflow task that schedules activities, children, signals or cancel requests writes a row and
#   a transfer task for each, and the execution's own row, in one transaction. If more can be pending
#   than DSQL allows rows, the workflow task fails at the database again and again.
# custom:
#   severity: error
#   parameters:
#     - limit.numPendingActivities.error
#     - limit.numPendingChildExecutions.error
#     - limit.numPendingSignals.error
#     - limit.numPendingCancelRequests.error
#   limits:
#     - transaction_rows
#   margins:
#     - rows_per_pending
#   remedy: >-
#     use the derived limits, or lower them; let a workflow that fans out further use several
#     workflow tasks
#   source: >-
#     Aurora DSQL user guide, quotas chapter; Temporal server source,
#     common/persistence/sql/execution_util.go
package guardrails.history.pending_rows_over_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some what in ["Activities", "ChildExecutions", "Signals", "CancelRequests"]
	key := sprintf("limit.numPending%s.error", [what])
	rows := (facts[key] * facts.margins.rows_per_pending) + 1
	rows > facts.limits.transaction_rows
	template := "%s lets one workflow task write %v times %v rows + the execution = %v, over the %v of a transaction"
	message := sprintf(template, [
		rule.describe_key(key),
		facts[key],
		facts.margins.rows_per_pending,
		words.number(rows),
		facts.limits.transaction_rows,
	])
}
