# METADATA
# title: Fewer shards than a production cluster starts with
# description: >-
#   Whatever the load, a production cluster needs a minimum number of shards at the start, because
#   the count can never change. A cluster that is too small has to be migrated.
# custom:
#   severity: warning
#   parameters:
#     - history.shards
#   margins:
#     - min_shards
#   remedy: >-
#     choose more shards before the cluster is created: the count cannot be changed later;
#     migrate a running cluster to a second one
package guardrails.history.history_shards_undersized

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["history.shards"] < facts.margins.min_shards
	message := sprintf("%s, fewer than the %v that a production cluster starts with", [
		words.counted(facts["history.shards"], "shard"),
		facts.margins.min_shards,
	])
}
