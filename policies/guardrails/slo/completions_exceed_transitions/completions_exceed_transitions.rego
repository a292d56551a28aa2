# METADATA
# title: More workflows complete than the state transitions allow
# description: >-
#   Each workflow takes several state transitions from its start to its completion. Where
#   completions exceed transitions, one of the two is wrong, and what is sized from it as
#   well. One figure for both is let pass: presets state it as the upper bound.
# custom:
#   severity: warning
#   parameters:
#     - target_workflow_completion_rate
#     - target_state_transitions_per_sec
#   remedy: >-
#     state the transitions of all workflows together: completions a second times the
#     transitions of a typical workflow
package guardrails.slo.completions_exceed_transitions

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts.target_workflow_completion_rate > facts.target_state_transitions_per_sec
	message := sprintf("%v workflows complete each second with %v transitions/s, and each takes several", [
		facts.target_workflow_completion_rate,
		facts.target_state_transitions_per_sec,
	])
}
