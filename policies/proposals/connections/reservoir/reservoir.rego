# METADATA
# title: Keep a reservoir of ready connections
# description: >-
#   Calls wait for a connection although few connections are in use: they wait for one to open,
#   because there is no reservoir.
# custom:
#   expected: a pool gets a new connection at once, whatever the open rate
#   risk: >-
#     the reservoir doubles the connections that count against the cluster's limit; a restart of
#     every service
package proposals.connections.reservoir

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	evidence.is_within_bounds("dsql_pool.pool_in_use_count")
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"dsql.reservoir_enabled": true},
		"evidence": evidence.from_results(symptoms),
	})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

symptoms := [result |
	input.values["dsql.reservoir_enabled"] == false
	some result in evidence.failing_results("dsql_pool.pool_waits_per_sec")
]

objections contains message if some message in evidence.full_pools
