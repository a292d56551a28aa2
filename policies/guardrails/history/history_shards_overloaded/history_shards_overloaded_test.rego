package guardrails.history.history_shards_overloaded_test

import data.guardrails.history.history_shards_overloaded
import data.lib.fixture_test as fixture

test_fires_below_the_need if {
	fixture.messages(history_shards_overloaded.deny) == {concat("", [
		"600 shards, but 750 transitions/s x 213.21 ms in the database x 4 for headroom ",
		"need 640",
	])}
		with input as fixture.profile({"history.shards": 600, "target_state_transitions_per_sec": 750})
}

test_holds_for_a_healthy_profile if count(history_shards_overloaded.deny) == 0 with input as fixture.profile({})

test_holds_at_the_need if {
	count(history_shards_overloaded.deny) == 0
		with input as fixture.profile({"history.shards": 600, "target_state_transitions_per_sec": 700})
}

test_reports_a_missing_parameter if {
	fixture.messages(history_shards_overloaded.deny) == {"cannot be evaluated: history.shards is missing from the profile"}
		with input as fixture.without("history.shards")
}

test_reports_a_missing_need if {
	fixture.messages(history_shards_overloaded.deny) == {concat("", [
		"cannot be evaluated: needs.connection_ms_per_transition is missing from the ",
		"profile",
	])}
		with input as fixture.without_need("connection_ms_per_transition")
}
