package guardrails.open_rate.distributed_rate_limiter_table_missing_test

import data.guardrails.open_rate.distributed_rate_limiter_table_missing
import data.lib.fixture_test as fixture

test_fires_without_a_table if {
	fixture.messages(distributed_rate_limiter_table_missing.deny) == {
		concat("", [
			"dsql.distributed_rate_limiter_enabled is on and dsql.distributed_rate_limiter_table is empty: each ",
			"instance falls back to its own limit of 6/s",
		]),
	}
		with input as fixture.profile({"dsql.distributed_rate_limiter_enabled": true})
}

test_fires_for_a_blank_table if {
	fixture.messages(distributed_rate_limiter_table_missing.deny) == {
		concat("", [
			"dsql.distributed_rate_limiter_enabled is on and dsql.distributed_rate_limiter_table is empty: each ",
			"instance falls back to its own limit of 6/s",
		]),
	}
		with input as fixture.profile({
			"dsql.distributed_rate_limiter_enabled": true,
			"dsql.distributed_rate_limiter_table": " ",
		})
}

test_holds_for_a_healthy_profile if {
	count(distributed_rate_limiter_table_missing.deny) == 0 with input as fixture.profile({})
}

test_holds_with_a_table if {
	count(distributed_rate_limiter_table_missing.deny) == 0
		with input as fixture.profile({
			"dsql.distributed_rate_limiter_enabled": true,
			"dsql.distributed_rate_limiter_table": "limiter",
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(distributed_rate_limiter_table_missing.deny) == {
		"cannot be evaluated: dsql.distributed_rate_limiter_table is missing from the profile",
	}
		with input as fixture.without("dsql.distributed_rate_limiter_table")
}
