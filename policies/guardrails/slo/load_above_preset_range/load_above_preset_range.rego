# METADATA
# title: More load than the preset is planned for
# description: >-
#   A preset's choices, such as latency targets, spare pools and how connections are limited, are
#   made for its range of load. Beyond it, replicas, shards, partitions and workers still grow with
#   the stated load. On a cluster that holds data, the shards cannot.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#   planned:
#     - range_max
#   remedy: >-
#     take a preset that is planned for the load, if there is one (temporal-dsql list-presets), or
#     waive this finding if temporal-dsql capacity shows that the load fits; on an existing cluster,
#     override history.shards with the number that it has
package guardrails.slo.load_above_preset_range

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts.target_state_transitions_per_sec > facts.planned.range_max
	message := sprintf("%v transitions/s, over the %v that the preset is planned for", [
		facts.target_state_transitions_per_sec,
		facts.planned.range_max,
	])
}
