# METADATA
# title: Eager activities switched on at one end only
# description: >-
#   The worker asks for eager activities and the server grants them: one of the two switches
#   alone does nothing, and the latency that it was meant to save stays.
# custom:
#   severity: warning
#   parameters:
#     - system.enableActivityEagerExecution
#     - sdk.disable_eager_activities
#   kinds:
#     system.enableActivityEagerExecution: bool
#     sdk.disable_eager_activities: bool
#   remedy: >-
#     leave sdk.disable_eager_activities to be derived from
#     system.enableActivityEagerExecution
package guardrails.workers.eager_switches_disagree

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["system.enableActivityEagerExecution"] == facts["sdk.disable_eager_activities"]
	message := sprintf(
		"system.enableActivityEagerExecution and sdk.disable_eager_activities are both %v",
		[facts["sdk.disable_eager_activities"]],
	)
}
