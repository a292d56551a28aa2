# METADATA
# title: Changes that the evidence of a behaviour profile supports
# description: >-
#   Each package under proposals looks for evidence of one bottleneck among the results of
#   conformance, and proposes a change unless something contradicts it. Without evidence it
#   proposes nothing. The input holds the facts of conformance, the configured values, the presets
#   with their ranges, and the margins of the sizing.
package recommend

import data.conformance
import data.proposals

# METADATA
# title: All proposals, with the conformance that they are based on
# entrypoint: true
verdict := {
	"conformance": conformance.verdict,
	"proposals": [change | some change in changes],
}

changes contains change if {
	some topic, name
	some change in proposals[topic][name].propose
}
