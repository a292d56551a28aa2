package proposals.connections.reservoir_test

import data.lib.advising_test as advising
import data.proposals.connections.reservoir

waits := "dsql_pool.pool_waits_per_sec"

off := {"dsql.reservoir_enabled": false}

test_proposes_one_where_calls_wait_for_opens if {
	proposed := reservoir.propose with input as advising.facts({waits: 20}, off)
	[change] := [change | some change in proposed]
	change.overrides == {"dsql.reservoir_enabled": true}
}

test_holds_where_there_is_one if count(reservoir.propose) == 0 with input as advising.facts({waits: 20}, {})

test_holds_where_the_pool_is_full if {
	count(reservoir.propose) == 0 with input as advising.facts({waits: 20, "dsql_pool.pool_in_use_count": 1450}, off)
}

test_holds_where_nothing_waits if count(reservoir.propose) == 0 with input as advising.facts({}, off)

test_full_pools_speak_against_it if {
	considered := reservoir.consider with input as advising.facts({waits: 20, "dsql_pool.pool_in_use_count": 1450}, off)
	[change] := [change | some change in considered]
	change.against == [concat("", [
		"dsql_pool.pool_in_use_count: p95 is 1450 connections, 250 connections (21 %) over the bound of 1200 ",
		"connections",
	])]
}
