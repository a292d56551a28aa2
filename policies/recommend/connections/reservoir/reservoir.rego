# METADATA
# title: Keep a reservoir of ready connections
# description: >-
#   Calls wait for a connection although few connections are in use: they wait for one to open,
#   and nothing keeps any ready.
# custom:
#   expected: a new connection is at hand when a pool needs one, whatever the open rate
#   risk: the reservoir holds as many connections of the cluster's limit again; a restart of every service
package recommend.connections.reservoir

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	input.values["dsql.reservoir_enabled"] == false
	waits := evidence.failing("dsql_pool.pool_waits_per_sec")
	count(waits) > 0
	evidence.kept("dsql_pool.pool_in_use_count")
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {"dsql.reservoir_enabled": true},
		"evidence": evidence.told(waits),
	})
}
