# METADATA
# title: Use the smaller preset
# description: >-
#   The load is below the range of the preset, its peaks fit into a smaller one, and every other
#   promise was observed and kept.
# custom:
#   expected: fewer instances, workers and connections carry the same load
#   risk: >-
#     less headroom: a load that the window did not contain, such as a monthly batch, may exceed
#     it. Partitions and pools are lowered in steps; the shard count stays, because it can never
#     change
package proposals.preset.smaller_preset

import data.conformance
import data.lib.evidence
import data.lib.proposal

load := "throughput.state_transitions_per_sec"

propose contains change if {
	# every other promise was observed and kept
	count([other | some other in conformance.results; other.catalogue_metric != load; other.result != "pass"]) == 0
	some result in evidence.failing_results(load)
	result.observed_value < result.lower_bound
	peak := evidence.level(load, "p99")
	smaller := [preset | some preset in input.presets; preset.max <= result.lower_bound; peak <= preset.max]
	count(smaller) > 0
	most := max([preset.max | some preset in smaller])
	change := proposal.build(rego.metadata.chain(), {
		"preset": [preset.name | some preset in smaller; preset.max == most][0],
		"overrides": {"history.shards": input.values["history.shards"]},
		"evidence": array.concat(evidence.from_results([result]), [{
			"metric": load, "statistic": "p99", "value": peak, "bound": most, "unit": result.unit,
			"detail": sprintf("the peak of the window fits into the %v st/s of the smaller preset", [most]),
		}]),
	})
}
