# METADATA
# title: State the load that the cluster really has
# description: The load is beyond the range of every preset; what is derived has to start from it.
# custom:
#   expected: persistence and request rates, slots and partitions are derived for this load
#   risk: >-
#     no preset was chosen for this scale, so that topology has to be stated too; guard rails
#     say where it does not suffice
package recommend.preset.higher_target

import data.lib.evidence
import data.lib.proposal

load := "throughput.state_transitions_per_sec"

propose contains change if {
	some result in evidence.failing(load)
	result.observed_value > max([preset.max | some preset in input.presets])
	result.observed_value > result.upper_bound
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {"target_state_transitions_per_sec": ceil(result.observed_value)},
		"evidence": evidence.told([result]),
	})
}
