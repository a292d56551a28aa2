package guardrails.history.range_delete_rows_test

import data.guardrails.history.range_delete_rows
import data.lib.fixture_test as fixture

test_fires_above_the_share if {
	fixture.messages(range_delete_rows.warn) == {
		concat("", [
			"5120 tasks/s over 512 shards for 151s = 1510 rows in one delete of the transfer queue, over the ",
			"1500 that leave room for busy shards (0.5 of 3000)",
		]),
	}
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.transferProcessorUpdateAckInterval": "151s",
		})
}

test_fires_at_the_limit if {
	fixture.messages(range_delete_rows.warn) == {
		concat("", [
			"5120 tasks/s over 512 shards for 5m = 3000 rows in one delete of the transfer queue, over the 1500 ",
			"that leave room for busy shards (0.5 of 3000)",
		]),
	}
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.transferProcessorUpdateAckInterval": "5m",
		})
}

test_holds_for_a_healthy_profile if count(range_delete_rows.warn) == 0 with input as fixture.profile({})

test_holds_at_the_share if {
	count(range_delete_rows.warn) == 0
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.transferProcessorUpdateAckInterval": "150s",
		})
}

test_leaves_what_is_over_the_limit_to_the_error if {
	count(range_delete_rows.warn) == 0
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.transferProcessorUpdateAckInterval": "301s",
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(range_delete_rows.warn) == {
		"cannot be evaluated: history.timerProcessorUpdateAckInterval is missing from the profile",
	}
		with input as fixture.without("history.timerProcessorUpdateAckInterval")
}
