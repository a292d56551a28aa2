# METADATA
# title: Give each instance a larger pool
# description: Calls wait for a connection while nearly all connections are in use.
# custom:
#   expected: a call finds an idle connection and does not wait
#   risk: >-
#     more connections of the cluster's limit, opened at a limited rate; more calls at once do
#     not make a slow database faster
package proposals.connections.larger_pool

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	waits := evidence.failing_results("dsql_pool.pool_waits_per_sec")
	count(waits) > 0
	some used in evidence.failing_results("dsql_pool.pool_in_use_count")
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"persistence.maxConns": evidence.scale_count(input.values["persistence.maxConns"], used)},
		"evidence": evidence.from_results(array.concat(waits, [used])),
	})
}
