# METADATA
# title: Use the preset that is sized for this load
# description: The load is beyond what the preset was sized for, and a larger preset covers it.
# custom:
#   expected: topology, pools and limits are derived for the observed load, which is inside its bounds
#   risk: >-
#     more instances and connections; a restart of every service. The shard count stays, because
#     it can never change
package proposals.preset.larger_preset

import data.lib.evidence
import data.lib.proposal

load := "throughput.state_transitions_per_sec"

propose contains change if {
	some result in evidence.failing_results(load)
	result.observed_value > result.upper_bound
	larger := [preset |
		some preset in input.presets
		preset.max >= result.observed_value
		preset.max > result.upper_bound
	]
	count(larger) > 0
	least := min([preset.max | some preset in larger])
	change := proposal.build(rego.metadata.chain(), {
		"preset": [preset.name | some preset in larger; preset.max == least][0],
		"overrides": {"history.shards": input.values["history.shards"]},
		"evidence": evidence.from_results([result]),
	})
}
