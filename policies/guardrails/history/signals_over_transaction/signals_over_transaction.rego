# METADATA
# title: A run with more signals than one transaction can delete
# description: >-
#   The identifier of each signal is a row that stays until its run is deleted, with the run's own
#   row, in one transaction. A run with more signals than DSQL allows rows in a transaction can never
#   be deleted.
# custom:
#   severity: error
#   parameters:
#     - history.maximumSignalsPerExecution
#   limits:
#     - transaction_rows
#   remedy: >-
#     use the derived value of history.maximumSignalsPerExecution, or lower it; let a workflow
#     that takes more signals continue as new
#   source: >-
#     Aurora DSQL user guide, quotas chapter; Temporal server source,
#     common/persistence/sql/execution.go
package guardrails.history.signals_over_transaction

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["history.maximumSignalsPerExecution"] + 1 > facts.limits.transaction_rows
	template := concat("", [
		"%s lets a run take %v signals, each a row: with the row of the run, over the %v that one transaction ",
		"deletes",
	])
	message := sprintf(template, [
		rule.describe_key("history.maximumSignalsPerExecution"),
		facts["history.maximumSignalsPerExecution"],
		facts.limits.transaction_rows,
	])
}
