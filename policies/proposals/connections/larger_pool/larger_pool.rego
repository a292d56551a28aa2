# METADATA
# title: Give each instance a larger pool
# description: Calls wait for a connection while nearly all connections are in use.
# custom:
#   expected: a call finds an idle connection and does not wait
#   risk: >-
#     it uses more of the cluster's connection limit, and opens connections at a limited rate; more
#     calls at once do not make a slow database faster
package proposals.connections.larger_pool

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"persistence.maxConns": max([evidence.scale_count(input.values["persistence.maxConns"], result) |
			some result in full
		])},
		"evidence": evidence.from_results(array.concat(symptoms, full)),
	})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

symptoms := evidence.failing_results("dsql_pool.pool_waits_per_sec")

# full: of all pools together, or of one service behind a sum that looks fine
full := evidence.failing_results_of_all(["dsql_pool.pool_in_use_count", "dsql_pool.pool_utilization"])

objections contains "no pool is full: calls wait for connections to open" if count(full) == 0
