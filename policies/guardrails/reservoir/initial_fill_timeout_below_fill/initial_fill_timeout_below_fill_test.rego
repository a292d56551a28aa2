package guardrails.reservoir.initial_fill_timeout_below_fill_test

import data.guardrails.reservoir.initial_fill_timeout_below_fill
import data.lib.fixture_test as fixture

test_fires_below_the_time_to_open_one_after_the_other if {
	fixture.messages(initial_fill_timeout_below_fill.warn) == {
		"a start waits 4s for 50 connections, which take 5 s when 15 instances start together",
	}
		with input as fixture.profile({"dsql.connection_rate_limit": 20, "dsql.reservoir_initial_fill_timeout": "4s"})
}

test_counts_the_limiter_of_the_instance if {
	fixture.messages(initial_fill_timeout_below_fill.warn) == {
		"a start waits 24s for 150 connections, which take 25 s when 15 instances start together",
	}
		with input as fixture.profile({
			"dsql.reservoir_target_ready": 150,
			"dsql.reservoir_low_watermark": 150,
			"dsql.reservoir_initial_fill_timeout": "24s",
		})
}

test_counts_a_slow_limiter if {
	fixture.messages(initial_fill_timeout_below_fill.warn) == {
		"a start waits 30s for 150 connections, which take 75 s when 15 instances start together",
	}
		with input as fixture.profile({
			"dsql.reservoir_target_ready": 150,
			"dsql.reservoir_low_watermark": 150,
			"dsql.connection_rate_limit": 2,
		})
}

test_counts_the_shared_limiter if {
	fixture.messages(initial_fill_timeout_below_fill.warn) == {
		"a start waits 17s for 50 connections, which take 17.25 s when 15 instances start together",
	}
		with input as fixture.profile({
			"dsql.distributed_rate_limiter_enabled": true,
			"dsql.distributed_rate_limiter_table": "limiter",
			"dsql.reservoir_initial_fill_timeout": "17s",
		})
}

test_holds_for_a_healthy_profile if count(initial_fill_timeout_below_fill.warn) == 0 with input as fixture.profile({})

test_holds_at_the_fill if {
	count(initial_fill_timeout_below_fill.warn) == 0
		with input as fixture.profile({"dsql.connection_rate_limit": 10, "dsql.reservoir_initial_fill_timeout": "5s"})
}

test_counts_the_watermark_alone if {
	count(initial_fill_timeout_below_fill.warn) == 0
		with input as fixture.profile({
			"dsql.reservoir_target_ready": 200,
			"dsql.connection_rate_limit": 10,
			"dsql.reservoir_initial_fill_timeout": "5s",
		})
}

test_needs_a_reservoir if {
	count(initial_fill_timeout_below_fill.warn) == 0
		with input as fixture.profile({"dsql.reservoir_enabled": false, "dsql.reservoir_initial_fill_timeout": "1s"})
}

test_reports_a_missing_parameter if {
	fixture.messages(initial_fill_timeout_below_fill.warn) == {
		"cannot be evaluated: dsql.reservoir_initial_fill_timeout is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_initial_fill_timeout")
}
