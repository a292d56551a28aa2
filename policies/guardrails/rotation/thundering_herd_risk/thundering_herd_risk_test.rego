package guardrails.rotation.thundering_herd_risk_test

import data.guardrails.rotation.thundering_herd_risk
import data.lib.fixture_test as fixture

test_fires_with_too_narrow_a_jitter if {
	fixture.messages(thundering_herd_risk.deny) == {
		concat("", [
			"750 waiting connections end within a jitter of 14s, but replacing them takes 15 s at 50/s (0.5 of ",
			"the cluster's open rate of 100/s)",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_lifetime_jitter": "14s"})
}

test_fires_without_jitter if {
	fixture.messages(thundering_herd_risk.deny) == {
		concat("", [
			"750 waiting connections end within a jitter of 0s, but replacing them takes 15 s at 50/s (0.5 of ",
			"the cluster's open rate of 100/s)",
		]),
	}
		with input as fixture.profile({"dsql.reservoir_lifetime_jitter": "0s"})
}

test_fires_without_a_reservoir_above_the_room if {
	fixture.messages(thundering_herd_risk.deny) == {
		"without a reservoir, 1260 connections end within the 5s of their warm-up, where a burst of 1000 and 50/s open 1250",
	}
		with input as fixture.profile({"dsql.reservoir_enabled": false, "persistence.maxConns": 84})
}

test_holds_for_a_healthy_profile if count(thundering_herd_risk.deny) == 0 with input as fixture.profile({})

test_holds_with_a_jitter_that_suffices if {
	count(thundering_herd_risk.deny) == 0 with input as fixture.profile({"dsql.reservoir_lifetime_jitter": "15s"})
}

test_holds_without_a_reservoir_within_the_room if {
	count(thundering_herd_risk.deny) == 0
		with input as fixture.profile({
			"dsql.reservoir_enabled": false,
			"dsql.reservoir_lifetime_jitter": "0s",
			"persistence.maxConns": 83,
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(thundering_herd_risk.deny) == {
		"cannot be evaluated: dsql.reservoir_lifetime_jitter is missing from the profile",
	}
		with input as fixture.without("dsql.reservoir_lifetime_jitter")
}
