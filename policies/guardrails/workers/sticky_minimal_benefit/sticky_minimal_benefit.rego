# METADATA
# title: A sticky cache that is seldom used
# description: >-
#   A cached execution saves the replay of its history when the next task comes. A workflow that
#   ends before then uses memory for little benefit.
# custom:
#   severity: warning
#   parameters:
#     - sdk.sticky_cache_size
#     - workload.typical_workflow_runtime
#   kinds:
#     workload.typical_workflow_runtime: duration
#   margins:
#     - sticky_min_runtime_seconds
#   remedy: >-
#     set sdk.sticky_cache_size to 0 to switch sticky execution off, or correct
#     workload.typical_workflow_runtime
package guardrails.workers.sticky_minimal_benefit

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["sdk.sticky_cache_size"] > 0
	facts["workload.typical_workflow_runtime"] < facts.margins.sticky_min_runtime_seconds
	message := sprintf("the cache holds %s and a typical one runs %s, under %v s", [
		words.counted(facts["sdk.sticky_cache_size"], "workflow"),
		facts.given["workload.typical_workflow_runtime"],
		facts.margins.sticky_min_runtime_seconds,
	])
}
