# METADATA
# title: Set the target to the observed load
# description: The load is above the range of every preset, so derived values must start from it.
# custom:
#   expected: persistence and request rates, slots and partitions are derived for this load
#   risk: >-
#     no preset is sized for this scale, so topology must be set too; guard rails report where
#     it is too small
package proposals.preset.higher_target

import data.lib.evidence
import data.lib.proposal

load := "throughput.state_transitions_per_sec"

propose contains change if {
	some result in evidence.failing_results(load)
	result.observed_value > max([preset.max | some preset in input.presets])
	result.observed_value > result.upper_bound
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"target_state_transitions_per_sec": ceil(result.observed_value)},
		"evidence": evidence.from_results([result]),
	})
}
