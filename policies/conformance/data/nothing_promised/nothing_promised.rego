# METADATA
# title: Facts without a promise
# description: >-
#   Without a promise, or with every promise excepted, no metric can be outside its bounds.
#   That is not conformance.
# custom:
#   severity: error
#   remedy: "use the facts that temporal-dsql conformance --facts writes, and leave out fewer metrics"
package conformance.data.nothing_promised

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains "the facts have no promise to check" if count(data.conformance.promises) == 0
