package guardrails.payload.payload_over_column_limit_test

import data.guardrails.payload.payload_over_column_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(payload_over_column_limit.deny) == {
		"limit.blobSize.error accepts 2097152 bytes, over the 1048576 of a column value",
		"limit.memoSize.error accepts 1048577 bytes, over the 1048576 of a column value",
	}
		with input as fixture.profile({"limit.blobSize.error": 2097152, "limit.memoSize.error": 1048577})
}

test_names_the_default_of_the_server if {
	fixture.messages(payload_over_column_limit.deny) == {
		"limit.blobSize.error (the server's default) accepts 2097152 bytes, over the 1048576 of a column value",
	}
		with input as fixture.defaulting({"limit.blobSize.error": 2097152})
}

test_holds_for_a_healthy_profile if count(payload_over_column_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(payload_over_column_limit.deny) == 0
		with input as fixture.profile({"limit.blobSize.error": 1048576, "limit.memoSize.error": 1048576})
}

test_reports_a_missing_parameter if {
	fixture.messages(payload_over_column_limit.deny) == {
		"cannot be evaluated: limit.memoSize.error is missing from the profile",
	}
		with input as fixture.without("limit.memoSize.error")
}
