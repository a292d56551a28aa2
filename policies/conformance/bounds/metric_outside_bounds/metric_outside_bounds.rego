# METADATA
# title: A metric outside of what the preset promises
# description: >-
#   Over the window the cluster did not keep a bound that its preset promises: the load is
#   beyond what it was sized for, or something carries less than it should.
# custom:
#   severity: error
#   remedy: >-
#     run temporal-dsql recommend for changes that the evidence supports, or temporal-dsql
#     explain --preset for the reasons of the bound
package conformance.bounds.metric_outside_bounds

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if {
	some result in data.conformance.results
	result.result == "fail"
	message := sprintf("%s: %s", [result.metric, result.detail])
}
