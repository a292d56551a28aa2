# METADATA
# title: Eager activities switched on at one end only
# description: >-
#   The worker requests eager activities and the server grants them. If they are switched on at one
#   end only, activities are not eager, and no latency is saved.
# custom:
#   severity: warning
#   parameters:
#     - system.enableActivityEagerExecution
#     - sdk.disable_eager_activities
#   kinds:
#     system.enableActivityEagerExecution: bool
#     sdk.disable_eager_activities: bool
#   remedy: >-
#     use the derived value of sdk.disable_eager_activities, which follows
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
