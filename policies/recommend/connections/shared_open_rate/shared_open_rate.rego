# METADATA
# title: Share the open rate between the instances
# description: >-
#   Connections fail to open, and not for want of a token: each instance keeps to a rate of its
#   own, which together may exceed what the database takes.
# custom:
#   expected: all instances draw on one budget of opens, so that none is refused
#   risk: it needs a DynamoDB table, and opening waits where that cannot be reached
package recommend.connections.shared_open_rate

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	input.values["dsql.distributed_rate_limiter_enabled"] == false
	failures := evidence.failing("dsql_pool.open_failures")
	count(failures) > 0
	evidence.kept("errors.dsql_auth_failures")
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {"dsql.distributed_rate_limiter_enabled": true},
		"evidence": evidence.told(failures),
	})
}
