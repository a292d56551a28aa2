# METADATA
# title: Bounds of autoscaled polls that contradict each other
# description: >-
#   With autoscaling, a worker starts with an initial number of polls and stays between a minimum
#   and a maximum. The SDKs refuse to start a worker whose initial number is outside.
# custom:
#   severity: error
#   parameters:
#     - sdk.poller_mode
#     - sdk.workflow_task_pollers
#     - sdk.workflow_task_pollers_min
#     - sdk.workflow_task_pollers_max
#     - sdk.activity_task_pollers
#     - sdk.activity_task_pollers_min
#     - sdk.activity_task_pollers_max
#     - sdk.nexus_task_pollers
#     - sdk.nexus_task_pollers_min
#     - sdk.nexus_task_pollers_max
#   kinds:
#     sdk.poller_mode: string
#   remedy: >-
#     use the derived bounds, or put the number at start between them
package guardrails.workers.poller_range_inverted

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["sdk.poller_mode"] == "autoscaling"
	some kind in ["workflow", "activity", "nexus"]
	first := sprintf("sdk.%s_task_pollers", [kind])
	least := sprintf("%s_min", [first])
	most := sprintf("%s_max", [first])
	not is_within(facts[first], facts[least], facts[most])
	message := sprintf(
		"%s is %v, outside %s = %v to %s = %v",
		[first, facts[first], least, facts[least], most, facts[most]],
	)
}

is_within(x, least, most) if {
	x >= least
	x <= most
}
