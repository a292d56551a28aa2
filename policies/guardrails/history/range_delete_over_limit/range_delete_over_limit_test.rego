package guardrails.history.range_delete_over_limit_test

import data.guardrails.history.range_delete_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(range_delete_over_limit.deny) == {
		"5120 tasks/s over 512 shards for 301s = 3010 rows in one delete of the timer queue, over the 3000 of a transaction",
	}
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.timerProcessorUpdateAckInterval": "301s",
		})
}

test_fires_for_every_queue if {
	template := concat("", [
		"5120 tasks/s over 512 shards for 301s = 3010 rows in one delete of the %s queue, ",
		"over the 3000 of a transaction",
	])
	expected := {sprintf(template, [queue]) | some queue in ["visibility", "outbound"]}
	fixture.messages(range_delete_over_limit.deny) == expected
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.visibilityProcessorUpdateAckInterval": "301s",
			"history.outboundProcessorUpdateAckInterval": "301s",
		})
}

test_holds_for_a_healthy_profile if count(range_delete_over_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(range_delete_over_limit.deny) == 0
		with input as fixture.needing({"dispatches_per_sec": 5120}, {
			"history.timerProcessorUpdateAckInterval": "300s",
		})
}

test_reports_a_missing_parameter if {
	fixture.messages(range_delete_over_limit.deny) == {
		"cannot be evaluated: history.transferProcessorUpdateAckInterval is missing from the profile",
	}
		with input as fixture.without("history.transferProcessorUpdateAckInterval")
}
