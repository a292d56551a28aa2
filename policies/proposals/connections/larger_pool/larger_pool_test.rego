package proposals.connections.larger_pool_test

import data.lib.advising_test as advising
import data.proposals.connections.larger_pool

test_proposes_as_many_as_leave_room if {
	proposed := larger_pool.propose
		with input as advising.facts({"dsql_pool.pool_waits_per_sec": 20, "dsql_pool.pool_in_use_count": 1450}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"persistence.maxConns": 61}
	count(change.evidence) == 2
}

test_holds_where_connections_are_idle if {
	count(larger_pool.propose) == 0 with input as advising.facts({"dsql_pool.pool_waits_per_sec": 20}, {})
}

test_holds_where_nothing_waits if {
	count(larger_pool.propose) == 0 with input as advising.facts({"dsql_pool.pool_in_use_count": 1450}, {})
}
