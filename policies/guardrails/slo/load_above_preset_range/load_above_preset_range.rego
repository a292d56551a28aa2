# METADATA
# title: More load than the preset is planned for
# description: >-
#   A preset's replicas, shards and pools carry the load that it was planned for. Derived values
#   grow with the stated load, but the values that the preset itself states do not.
# custom:
#   severity: warning
#   parameters:
#     - target_state_transitions_per_sec
#   planned:
#     - range_max
#   remedy: >-
#     take the next larger preset (temporal-dsql list-presets), or state the topology that
#     carries the load
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
