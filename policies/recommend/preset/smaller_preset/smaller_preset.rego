# METADATA
# title: Take the smaller preset, which carries this load
# description: >-
#   The load is beneath what the preset is sized for, its peaks fit into a smaller one, and
#   everything else that is promised was observed and kept.
# custom:
#   expected: fewer instances, workers and connections carry the same load
#   risk: >-
#     less headroom: what the window did not show, such as a monthly batch, may exceed it.
#     Partitions and pools are lowered in steps; the shard count can never change, so that it is kept
package recommend.preset.smaller_preset

import data.conformance
import data.lib.evidence
import data.lib.proposal

load := "throughput.state_transitions_per_sec"

propose contains change if {
	some result in evidence.failing(load)
	result.observed_value < result.lower_bound

	# nothing else is wrong, and nothing is missing
	count([other | some other in conformance.results; other.of != load; other.result != "pass"]) == 0
	peak := evidence.level(load, "p99")
	smaller := [preset | some preset in input.presets; preset.max <= result.lower_bound; peak <= preset.max]
	count(smaller) > 0
	most := max([preset.max | some preset in smaller])
	change := proposal.of(rego.metadata.chain(), {
		"preset": [preset.name | some preset in smaller; preset.max == most][0],
		"overrides": {"history.shards": input.values["history.shards"]},
		"evidence": array.concat(evidence.told([result]), [{
			"metric": load, "statistic": "p99", "value": peak, "bound": most, "unit": result.unit,
			"detail": sprintf("the peak of the window fits into the %v st/s of the smaller preset", [most]),
		}]),
	})
}
