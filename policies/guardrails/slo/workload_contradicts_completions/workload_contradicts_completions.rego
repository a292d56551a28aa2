# METADATA
# title: The stated completions do not fit the shape of the workload
# description: >-
#   The completion rate follows from the transition rate and the transitions of one workflow. If a
#   different completion rate is stated, values are sized for two different workloads.
# custom:
#   severity: warning
#   parameters:
#     - target_workflow_completion_rate
#     - target_state_transitions_per_sec
#   needs:
#     - workflows_per_sec
#     - transitions_per_workflow
#   margins:
#     - shape_tolerance
#   remedy: >-
#     state workload (activities, timers and the like) as it is, or use the derived value of
#     target_workflow_completion_rate
package guardrails.slo.workload_contradicts_completions

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	stated := facts.target_workflow_completion_rate
	expected := facts.needs.workflows_per_sec
	max([stated, expected]) > facts.margins.shape_tolerance * min([stated, expected])
	template := "%v workflows complete each second, but %v transitions/s at %v for each workflow are %v workflows/s"
	message := sprintf(template, [
		stated,
		facts.target_state_transitions_per_sec,
		words.number(facts.needs.transitions_per_workflow),
		words.number(expected),
	])
}
