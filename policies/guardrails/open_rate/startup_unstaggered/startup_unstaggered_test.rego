package guardrails.open_rate.startup_unstaggered_test

import data.guardrails.open_rate.startup_unstaggered
import data.lib.fixture_test as fixture

test_fires_when_switched_off if {
	fixture.messages(startup_unstaggered.warn) == {
		concat("", [
			"15 instances open 2250 connections, which takes 12.5 s at 100/s after a burst of 1000, but they ",
			"start within 0 s",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 85, "dsql.staggered_startup": false})
}

test_fires_with_too_short_a_delay if {
	fixture.messages(startup_unstaggered.warn) == {
		concat("", [
			"15 instances open 2250 connections, which takes 12.5 s at 100/s after a burst of 1000, but they ",
			"start within 12 s",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_target_ready": 85, "dsql.staggered_startup_max_delay": "12s"})
}

test_counts_the_pool_without_a_reservoir if {
	fixture.messages(startup_unstaggered.warn) == {
		"15 instances open 1500 connections, which takes 5 s at 100/s after a burst of 1000, but they start within 0 s",
	}
		with input as fixture.profile({
			"dsql.reservoir_enabled": false,
			"persistence.maxConns": 100,
			"dsql.staggered_startup": false,
		})
}

test_holds_for_a_healthy_profile if count(startup_unstaggered.warn) == 0 with input as fixture.profile({})

test_holds_with_a_delay_that_suffices if {
	count(startup_unstaggered.warn) == 0
		with input as fixture.profile({"dsql.reservoir_target_ready": 85, "dsql.staggered_startup_max_delay": "13s"})
}

test_holds_within_the_burst if {
	count(startup_unstaggered.warn) == 0
		with input as fixture.profile({"persistence.maxConns": 1, "dsql.staggered_startup": false})
}

test_reports_a_missing_parameter if {
	fixture.messages(startup_unstaggered.warn) == {
		"cannot be evaluated: dsql.staggered_startup is missing from the profile",
	}
		with input as fixture.without("dsql.staggered_startup")
}
