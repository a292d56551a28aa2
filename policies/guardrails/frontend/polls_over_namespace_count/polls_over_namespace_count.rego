# METADATA
# title: More polls than the frontend holds open
# description: >-
#   frontend.namespaceCount limits how many long polls of one kind a frontend instance holds open;
#   frontend.globalNamespaceCount replaces it with a limit for all instances together. Polls above
#   the limit are refused, and workers then retry instead of waiting.
# custom:
#   severity: warning
#   parameters:
#     - sdk.worker_count
#     - sdk.poller_mode
#     - sdk.workflow_task_pollers
#     - sdk.workflow_task_pollers_max
#     - sdk.activity_task_pollers
#     - sdk.activity_task_pollers_max
#     - frontend.replicas
#     - frontend.namespaceCount
#   kinds:
#     sdk.poller_mode: string
#   optional:
#     - frontend.globalNamespaceCount
#   remedy: >-
#     raise frontend.namespaceCount or use its derived value, or add frontend instances; keep
#     frontend.globalNamespaceCount at 0
package guardrails.frontend.polls_over_namespace_count

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

optional := rule.optional(rego.metadata.chain())

messages contains message if {
	held := optional["frontend.globalNamespaceCount"]
	some kind in ["workflow", "activity"]
	pollers := polls_at_most(kind)
	polls := facts["sdk.worker_count"] * pollers
	polls > held
	message := sprintf("%s x %v %s task polls = %v, over the frontend.globalNamespaceCount of %v that are held open", [
		words.counted(facts["sdk.worker_count"], "worker"),
		pollers,
		kind,
		polls,
		held,
	])
}

messages contains message if {
	not optional["frontend.globalNamespaceCount"]
	some kind in ["workflow", "activity"]
	pollers := polls_at_most(kind)
	polls := facts["sdk.worker_count"] * pollers
	held := facts["frontend.replicas"] * facts["frontend.namespaceCount"]
	polls > held
	message := sprintf("%s x %v %s task polls = %v, over the %s x %v = %v that are held open", [
		words.counted(facts["sdk.worker_count"], "worker"),
		pollers,
		kind,
		polls,
		words.counted(facts["frontend.replicas"], "instance"),
		facts["frontend.namespaceCount"],
		held,
	])
}

# polls_at_most: of one worker
polls_at_most(kind) := facts[sprintf("sdk.%s_task_pollers_max", [kind])] if facts["sdk.poller_mode"] == "autoscaling"

polls_at_most(kind) := facts[sprintf("sdk.%s_task_pollers", [kind])] if facts["sdk.poller_mode"] == "fixed"
