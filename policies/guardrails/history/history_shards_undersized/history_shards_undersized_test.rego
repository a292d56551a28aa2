package guardrails.history.history_shards_undersized_test

import data.guardrails.history.history_shards_undersized
import data.lib.fixture_test as fixture

test_fires_below_the_least if {
	fixture.messages(history_shards_undersized.warn) == {
		"511 shards, fewer than 512: 150 transitions/s x 50 ms a write x 4 for headroom need 30, and 512 are the least",
	}
		with input as fixture.profile({"history.shards": 511})
}

test_fires_below_what_the_load_needs if {
	fixture.messages(history_shards_undersized.warn) == {
		"600 shards, fewer than 601: 3001 transitions/s x 50 ms a write x 4 for headroom need 601, and 512 are the least",
	}
		with input as fixture.profile({"history.shards": 600, "target_state_transitions_per_sec": 3001})
}

test_holds_for_a_healthy_profile if count(history_shards_undersized.warn) == 0 with input as fixture.profile({})

test_holds_at_the_least if {
	count(history_shards_undersized.warn) == 0 with input as fixture.profile({"history.shards": 512})
}

test_holds_at_what_the_load_needs if {
	count(history_shards_undersized.warn) == 0
		with input as fixture.profile({"history.shards": 600, "target_state_transitions_per_sec": 3000})
}

test_reports_a_missing_plan if {
	fixture.messages(history_shards_undersized.warn) == {
		"cannot be evaluated: planned.write_p99_ms is missing from the profile",
	}
		with input as object.remove(fixture.profile({}), ["planned"])
}

test_reports_a_missing_parameter if {
	fixture.messages(history_shards_undersized.warn) == {"cannot be evaluated: history.shards is missing from the profile"}
		with input as fixture.without("history.shards")
}
