# METADATA
# title: A sticky cache smaller than the tasks in progress
# description: >-
#   Each workflow task in progress holds its execution in the cache. If the cache is smaller than
#   the number of slots, executions evict each other while they run, and each has to be replayed.
# custom:
#   severity: warning
#   parameters:
#     - sdk.sticky_cache_size
#     - sdk.max_concurrent_workflow_tasks
#   remedy: >-
#     raise sdk.sticky_cache_size to the workflow task slots at least, or set it to 0
package guardrails.workers.sticky_cache_below_slots

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["sdk.sticky_cache_size"] > 0
	facts["sdk.sticky_cache_size"] < facts["sdk.max_concurrent_workflow_tasks"]
	message := sprintf("the cache holds %s for %v workflow task slots", [
		words.counted(facts["sdk.sticky_cache_size"], "workflow"),
		facts["sdk.max_concurrent_workflow_tasks"],
	])
}
