# METADATA
# title: What to change, as far as the evidence carries it
# description: >-
#   Each rule looks for evidence of one bottleneck among the results of conformance, and proposes
#   a change where nothing speaks against it; without evidence there is no proposal. The input
#   holds the facts of conformance, the values that the cluster is configured by, the presets
#   with their ranges, and the margins of the sizing.
package recommend

import data.conformance

# METADATA
# title: The proposals, by rule and by what they change
# entrypoint: true
verdict := {
	"conformance": conformance.verdict,
	"proposals": [change | some change in proposals],
}

# (a topic is named here: a package cannot look into all that is below it)
proposals contains change if some change in data.recommend.preset[_].propose

proposals contains change if some change in data.recommend.services[_].propose

proposals contains change if some change in data.recommend.matching[_].propose

proposals contains change if some change in data.recommend.workers[_].propose

proposals contains change if some change in data.recommend.connections[_].propose
