# METADATA
# title: A shard count that differs from the running cluster's
# description: >-
#   A workflow belongs to the shard that its id hashes to. With a different count, the id hashes to
#   a different shard, and the workflow's history can no longer be found.
# custom:
#   severity: error
#   parameters:
#     - history.shards
#   remedy: >-
#     override history.shards with the running count; to change it, create a second cluster and
#     migrate (multi-cluster replication allows a multiple of the old count)
#   source: Temporal documentation, history shards
package guardrails.history.shard_count_immutable

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	running := input.deployed["history.shards"]
	running != facts["history.shards"]
	message := sprintf("the cluster runs %v shards and the profile has %v", [running, facts["history.shards"]])
}

messages contains message if {
	input.deployed
	not input.deployed["history.shards"]
	message := sprintf(
		"the profile has %v shards, and deployed does not say how many the cluster runs",
		[facts["history.shards"]],
	)
}
