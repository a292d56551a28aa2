package guardrails.leases.lease_renewal_without_retry_test

import data.guardrails.leases.lease_renewal_without_retry
import data.lib.fixture_test as fixture

test_fires_without_a_second_renewal if {
	fixture.messages(lease_renewal_without_retry.warn) == {
		"a lease lasts 3m and is renewed every 90s: if one renewal fails, it ends before the next",
	}
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_renew_interval": "90s"})
}

test_holds_for_a_healthy_profile if count(lease_renewal_without_retry.warn) == 0 with input as fixture.profile({})

test_holds_with_a_second_renewal if {
	count(lease_renewal_without_retry.warn) == 0
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_renew_interval": "89s"})
}

test_leaves_a_lost_lease_to_the_error if {
	count(lease_renewal_without_retry.warn) == 0
		with input as fixture.profile({"dsql.slot_block_enabled": true, "dsql.slot_block_renew_interval": "3m"})
}

test_needs_leases if {
	count(lease_renewal_without_retry.warn) == 0 with input as fixture.profile({"dsql.slot_block_renew_interval": "2m"})
}

test_reports_a_missing_parameter if {
	fixture.messages(lease_renewal_without_retry.warn) == {
		"cannot be evaluated: dsql.slot_block_renew_interval is missing from the profile",
	}
		with input as fixture.without("dsql.slot_block_renew_interval")
}
