package proposals.connections.shared_open_rate_test

import data.lib.advising_test as advising
import data.proposals.connections.shared_open_rate

failures := "dsql_pool.open_failures"

test_proposes_one_budget_where_opens_fail if {
	proposed := shared_open_rate.propose with input as advising.facts({failures: 0.5}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"dsql.distributed_rate_limiter_enabled": true}
}

test_holds_where_it_is_shared if {
	count(shared_open_rate.propose) == 0
		with input as advising.facts({failures: 0.5}, {"dsql.distributed_rate_limiter_enabled": true})
}

test_holds_where_tokens_are_what_fails if {
	count(shared_open_rate.propose) == 0
		with input as advising.facts({failures: 0.5, "errors.dsql_auth_failures": 0.5}, {})
}

test_holds_where_every_open_succeeds if count(shared_open_rate.propose) == 0 with input as advising.facts({}, {})
