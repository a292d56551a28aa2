# METADATA
# title: Fewer shards than a production cluster needs
# description: >-
#   A shard writes one transition at a time, and the count can never change: a cluster that
#   is created too small is migrated, not grown.
# custom:
#   severity: warning
#   parameters:
#     - history.shards
#   margins:
#     - min_shards
#   remediation: >-
#     choose more shards before the cluster is created
package guardrails.history.history_shards_undersized

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["history.shards"] < facts.margins.min_shards
	message := sprintf("%v shards are fewer than %v", [facts["history.shards"], facts.margins.min_shards])
}
