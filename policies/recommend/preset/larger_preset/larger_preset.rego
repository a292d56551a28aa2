# METADATA
# title: Take the preset that is sized for this load
# description: The load is beyond what the preset was sized for, and a larger preset holds it.
# custom:
#   expected: topology, pools and limits are derived for the load that was seen, and its bounds hold it
#   risk: >-
#     more instances and connections; a restart of every service. The shard count can never
#     change, so that it is kept
package recommend.preset.larger_preset

import data.lib.evidence
import data.lib.proposal

load := "throughput.state_transitions_per_sec"

propose contains change if {
	some result in evidence.failing(load)
	result.observed_value > result.upper_bound
	larger := [preset |
		some preset in input.presets
		preset.max >= result.observed_value
		preset.max > result.upper_bound
	]
	count(larger) > 0
	least := min([preset.max | some preset in larger])
	change := proposal.of(rego.metadata.chain(), {
		"preset": [preset.name | some preset in larger; preset.max == least][0],
		"overrides": {"history.shards": input.values["history.shards"]},
		"evidence": evidence.told([result]),
	})
}
