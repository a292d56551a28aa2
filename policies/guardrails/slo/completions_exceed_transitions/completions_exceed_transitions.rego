# METADATA
# title: More workflows complete than the state transitions allow
# description: >-
#   A workflow takes at least three state transitions: it is started, its first workflow task
#   starts, and it completes. If more workflows complete than that allows, one of the two targets is
#   wrong, and so is everything sized from it.
# custom:
#   severity: error
#   parameters:
#     - target_workflow_completion_rate
#     - target_state_transitions_per_sec
#   margins:
#     - least_transitions
#   remedy: >-
#     use the derived value of target_workflow_completion_rate, or state the transitions of all
#     workflows together: completions a second times the transitions of a typical workflow
package guardrails.slo.completions_exceed_transitions

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	least := facts.target_workflow_completion_rate * facts.margins.least_transitions
	least > facts.target_state_transitions_per_sec
	message := sprintf("%v workflows complete each second, which takes at least %v transitions/s, not %v", [
		facts.target_workflow_completion_rate,
		words.number(least),
		facts.target_state_transitions_per_sec,
	])
}
