# METADATA
# title: Give each instance a larger pool
# description: Calls wait for a connection while nearly all connections serve one.
# custom:
#   expected: a call finds a connection that is idle, and waits no longer
#   risk: >-
#     more connections of the cluster's limit, opened at a limited rate; a slow database is made
#     no faster by more calls at the same time
package recommend.connections.larger_pool

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	waits := evidence.failing("dsql_pool.pool_waits_per_sec")
	count(waits) > 0
	some used in evidence.failing("dsql_pool.pool_in_use_count")
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {"persistence.maxConns": evidence.scaled(input.values["persistence.maxConns"], used)},
		"evidence": evidence.told(array.concat(waits, [used])),
	})
}
