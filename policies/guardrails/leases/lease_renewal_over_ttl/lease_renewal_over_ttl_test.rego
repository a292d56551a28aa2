package guardrails.leases.lease_renewal_over_ttl_test

import data.guardrails.leases.lease_renewal_over_ttl
import data.lib.fixture_test as fixture

test_fires_at_the_end_of_the_lease if {
	fixture.messages(lease_renewal_over_ttl.deny) == {"a lease lasts 3m and is renewed every 180s"}
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_renew_interval": "180s"})
}

test_holds_for_a_healthy_profile if count(lease_renewal_over_ttl.deny) == 0 with input as fixture.profile({})

test_holds_before_the_end if {
	count(lease_renewal_over_ttl.deny) == 0
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_renew_interval": "179s"})
}

test_needs_leases if {
	count(lease_renewal_over_ttl.deny) == 0 with input as fixture.profile({"dsql.slot_block_renew_interval": "4m"})
}

test_reports_a_missing_parameter if {
	fixture.messages(lease_renewal_over_ttl.deny) == {
		"cannot be evaluated: dsql.slot_block_ttl is missing from the profile",
	}
		with input as fixture.without("dsql.slot_block_ttl")
}
