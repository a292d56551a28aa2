# METADATA
# title: A promised metric without data
# description: >-
#   Missing data can hide a failure, so the profile neither conforms nor has drifted.
# custom:
#   severity: error
#   remedy: "scrape the metric over the whole window; if the cluster cannot export it, leave it out with --except"
package conformance.data.metric_without_data

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if {
	some result in data.conformance.results
	result.result == "no_data"
	message := sprintf("%s: no data: %s", [result.metric, result.detail])
}
