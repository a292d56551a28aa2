# METADATA
# title: Facts without a promise
# description: >-
#   Where nothing is promised, or every promise is excepted, no metric can be outside of its
#   bounds, and that is no conformance.
# custom:
#   severity: error
#   remedy: "give the facts that temporal-dsql conformance --facts writes, and except fewer metrics"
package conformance.data.nothing_promised

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains "the facts have no promise to check" if count(data.conformance.promises) == 0
