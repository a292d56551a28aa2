# METADATA
# title: A metric outside the bounds of its promise
# description: >-
#   In this window the cluster broke a promise of its preset: the load is above the range that the
#   preset is sized for, or a part of the cluster carries less than it should.
# custom:
#   severity: error
#   remedy: >-
#     run temporal-dsql recommend for changes that the evidence supports, or temporal-dsql explain
#     --preset for the reason for the bound
package conformance.bounds.metric_outside_bounds

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if {
	some result in data.conformance.results
	result.result == "fail"
	message := sprintf("%s: %s", [result.metric, result.detail])
}
