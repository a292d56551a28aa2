package guardrails.payload.payload_headroom_test

import data.guardrails.payload.payload_headroom
import data.lib.fixture_test as fixture

test_fires_above_the_share if {
	fixture.messages(payload_headroom.warn) == {
		concat("", [
			"limit.blobSize.error accepts 786433 bytes, over the 786432 that leave room for the event around it ",
			"(0.75 of 1048576)",
		]),
	}
		with input as fixture.profile({"limit.blobSize.error": 786433})
}

test_fires_at_the_limit if {
	fixture.messages(payload_headroom.warn) == {
		concat("", [
			"limit.memoSize.error accepts 1048576 bytes, over the 786432 that leave room for the event around it ",
			"(0.75 of 1048576)",
		]),
	}
		with input as fixture.profile({"limit.memoSize.error": 1048576})
}

test_holds_for_a_healthy_profile if count(payload_headroom.warn) == 0 with input as fixture.profile({})

test_holds_at_the_share if {
	count(payload_headroom.warn) == 0 with input as fixture.profile({"limit.blobSize.error": 786432})
}

test_leaves_what_is_over_the_limit_to_the_error if {
	count(payload_headroom.warn) == 0 with input as fixture.profile({"limit.memoSize.error": 1048577})
}

test_reports_a_missing_parameter if {
	fixture.messages(payload_headroom.warn) == {"cannot be evaluated: limit.blobSize.error is missing from the profile"}
		with input as fixture.without("limit.blobSize.error")
}
