package guardrails.rotation.thundering_herd_risk_test

import data.guardrails.rotation.thundering_herd_risk
import data.lib.fixture_test as fixture

test_fires_with_too_narrow_a_jitter if {
	fixture.messages(thundering_herd_risk.deny) == {"1500 connections end within a jitter of 29s, but replacing them takes 30 s at 50/s (0.5 of the cluster's open rate of 100/s)"} with input as fixture.profile({"dsql.reservoir_lifetime_jitter": "29s"})
}

test_fires_without_jitter if {
	fixture.messages(thundering_herd_risk.deny) == {"1500 connections end within a jitter of 0s, but replacing them takes 30 s at 50/s (0.5 of the cluster's open rate of 100/s)"} with input as fixture.profile({"dsql.reservoir_lifetime_jitter": "0s"})
}

test_fires_without_a_reservoir_above_the_burst if {
	fixture.messages(thundering_herd_risk.deny) == {"without a reservoir, nothing keeps all 1500 connections from ending at the same time, over the 1000 that the cluster opens at once"} with input as fixture.profile({"dsql.reservoir_enabled": false})
}

test_holds_for_a_healthy_profile if count(thundering_herd_risk.deny) == 0 with input as fixture.profile({})

test_holds_with_a_jitter_that_suffices if count(thundering_herd_risk.deny) == 0 with input as fixture.profile({"dsql.reservoir_lifetime_jitter": "30s"})

test_holds_without_a_reservoir_within_the_burst if count(thundering_herd_risk.deny) == 0 with input as fixture.profile({"dsql.reservoir_enabled": false, "dsql.reservoir_lifetime_jitter": "0s", "history.replicas": 1})

test_reports_a_missing_parameter if {
	fixture.messages(thundering_herd_risk.deny) == {"cannot be judged: dsql.reservoir_lifetime_jitter is missing from the profile"} with input as fixture.without("dsql.reservoir_lifetime_jitter")
}
