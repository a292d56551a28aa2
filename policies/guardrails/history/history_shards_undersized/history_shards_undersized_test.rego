package guardrails.history.history_shards_undersized_test

import data.guardrails.history.history_shards_undersized
import data.lib.fixture_test as fixture

test_fires_below_the_least if {
	fixture.messages(history_shards_undersized.warn) == {concat("", [
		"511 shards, fewer than the 512 that a production cluster starts with",
	])}
		with input as fixture.profile({"history.shards": 511})
}

test_holds_for_a_healthy_profile if count(history_shards_undersized.warn) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(history_shards_undersized.warn) == {"cannot be evaluated: history.shards is missing from the profile"}
		with input as fixture.without("history.shards")
}
