package guardrails.payload.batch_below_payload_test

import data.guardrails.payload.batch_below_payload
import data.lib.fixture_test as fixture

test_fires_below_the_payload if {
	fixture.messages(batch_below_payload.warn) == {
		"limit.blobSize.error accepts 943719 bytes, over the 943718 of a batch of events (system.transactionSizeLimit)",
	}
		with input as fixture.profile({"limit.blobSize.error": 943719})
}

test_fires_below_the_memo if {
	fixture.messages(batch_below_payload.warn) == {
		"limit.memoSize.error accepts 786432 bytes, over the 786431 of a batch of events (system.transactionSizeLimit)",
	}
		with input as fixture.profile({"system.transactionSizeLimit": 786431, "limit.blobSize.error": 500000})
}

test_holds_for_a_healthy_profile if count(batch_below_payload.warn) == 0 with input as fixture.profile({})

test_holds_at_the_payload if {
	count(batch_below_payload.warn) == 0 with input as fixture.profile({"system.transactionSizeLimit": 786432})
}

test_reports_a_missing_parameter if {
	fixture.messages(batch_below_payload.warn) == {
		"cannot be evaluated: system.transactionSizeLimit is missing from the profile",
	}
		with input as fixture.without("system.transactionSizeLimit")
}
