package guardrails.history.history_size_over_limit_test

import data.guardrails.history.history_size_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(history_size_over_limit.warn) == {
		concat("", [
			"limit.historySize.error lets the history of a run grow to 10485761 bytes, which are deleted in one ",
			"transaction: over the 10485760 that it can modify",
		]),
	}
		with input as fixture.profile({"limit.historySize.error": 10485761})
}

test_names_the_default_of_the_server if {
	fixture.messages(history_size_over_limit.warn) == {
		concat("", [
			"limit.historySize.error (the server's default) lets the history of a run grow to 52428800 bytes, ",
			"which are deleted in one transaction: over the 10485760 that it can modify",
		]),
	}
		with input as fixture.defaulting({"limit.historySize.error": 52428800})
}

test_holds_for_a_healthy_profile if count(history_size_over_limit.warn) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(history_size_over_limit.warn) == 0 with input as fixture.profile({"limit.historySize.error": 10485760})
}

test_reports_a_missing_parameter if {
	fixture.messages(history_size_over_limit.warn) == {
		"cannot be evaluated: limit.historySize.error is missing from the profile",
	}
		with input as fixture.without("limit.historySize.error")
}
