# METADATA
# title: A promised metric without data
# description: >-
#   What is missing may be anything, also a failure: a profile without it neither conforms
#   nor has drifted.
# custom:
#   severity: error
#   remedy: "have the metric scraped over the whole window; except one that this cluster cannot export, by name"
package conformance.data.metric_without_data

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if {
	some result in data.conformance.results
	result.result == "no_data"
	message := sprintf("%s: no data: %s", [result.metric, result.detail])
}
