# METADATA
# title: Share the open rate between the instances
# description: >-
#   Connections fail to open, but not for lack of a token: each instance has its own rate limit,
#   and together they may exceed the limit of the database.
# custom:
#   expected: all instances share one open rate, so that no open is refused
#   risk: it needs a DynamoDB table; opens wait while the table cannot be reached
package proposals.connections.shared_open_rate

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	input.values["dsql.distributed_rate_limiter_enabled"] == false
	failures := evidence.failing_results("dsql_pool.open_failures")
	count(failures) > 0
	evidence.is_within_bounds("errors.dsql_auth_failures")
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"dsql.distributed_rate_limiter_enabled": true},
		"evidence": evidence.from_results(failures),
	})
}
