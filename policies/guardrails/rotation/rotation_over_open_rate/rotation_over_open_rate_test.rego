package guardrails.rotation.rotation_over_open_rate_test

import data.guardrails.rotation.rotation_over_open_rate
import data.lib.fixture_test as fixture

test_fires_with_lives_too_short if {
	fixture.messages(rotation_over_open_rate.deny) == {
		concat("", [
			"5000 waiting connections live 95 s on average, so 52.63 are replaced each second, over the 50/s ",
			"that rotation may use (0.5 of the cluster's open rate of 100/s)",
		]),
	}
		with input as fixture.profile({
			"history.replicas": 91,
			"dsql.reservoir_base_lifetime": "1m",
			"dsql.reservoir_lifetime_jitter": "100s",
			"dsql.reservoir_guard_window": "15s",
		})
}

test_holds_for_a_healthy_profile if count(rotation_over_open_rate.deny) == 0 with input as fixture.profile({})

test_holds_at_the_rate if {
	count(rotation_over_open_rate.deny) == 0
		with input as fixture.profile({
			"history.replicas": 91,
			"dsql.reservoir_base_lifetime": "1m",
			"dsql.reservoir_lifetime_jitter": "100s",
			"dsql.reservoir_guard_window": "10s",
		})
}

test_leaves_what_is_never_ready_to_the_other_rule if {
	count(rotation_over_open_rate.deny) == 0
		with input as fixture.profile({
			"history.replicas": 91,
			"dsql.reservoir_base_lifetime": "1m",
			"dsql.reservoir_lifetime_jitter": "0s",
			"dsql.reservoir_guard_window": "1m",
		})
}

test_needs_a_reservoir if {
	count(rotation_over_open_rate.deny) == 0
		with input as fixture.profile({
			"history.replicas": 91,
			"dsql.reservoir_base_lifetime": "1m",
			"dsql.reservoir_guard_window": "30s",
			"dsql.reservoir_enabled": false,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(rotation_over_open_rate.deny) == {
		"cannot be evaluated: dsql.reservoir_base_lifetime is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_base_lifetime")
}
