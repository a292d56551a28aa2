# METADATA
# title: Share the open rate between the instances
# description: >-
#   Connections fail to open, but not for lack of a token: each instance has its own rate limit,
#   and together they may exceed the limit of the database.
# custom:
#   expected: all instances share one open rate, so the database refuses no connection
#   risk: it needs a DynamoDB table; connections wait to open while the table cannot be reached
package proposals.connections.shared_open_rate

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"dsql.distributed_rate_limiter_enabled": true},
		"evidence": evidence.from_results(symptoms),
	})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

symptoms := evidence.failing_results("dsql_pool.open_failures")

objections contains "the instances share the open rate already" if {
	input.values["dsql.distributed_rate_limiter_enabled"] != false
}

objections contains sprintf("%s: %s", [result.metric, result.detail]) if {
	some result in evidence.failing_results(tokens)
}

objections contains sprintf("%s is unknown: missing tokens cannot be ruled out", [tokens]) if {
	not evidence.is_within_bounds(tokens)
	count(evidence.failing_results(tokens)) == 0
}

tokens := "errors.dsql_auth_failures"
