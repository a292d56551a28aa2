package guardrails.history.pending_rows_over_limit_test

import data.guardrails.history.pending_rows_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(pending_rows_over_limit.deny) == {
		concat("", [
			"limit.numPendingActivities.error lets one workflow task write 1500 times 2 rows + the execution = ",
			"3001, over the 3000 of a transaction",
		]),
	}
		with input as fixture.profile({"limit.numPendingActivities.error": 1500})
}

test_fires_for_each_kind_by_default if {
	keys := [
		"limit.numPendingActivities.error",
		"limit.numPendingChildExecutions.error",
		"limit.numPendingSignals.error",
		"limit.numPendingCancelRequests.error",
	]
	fixture.messages(pending_rows_over_limit.deny) == {message |
		some key in keys
		template := concat("", [
			"%s (the server's default) lets one workflow task write 2000 times 2 rows + the execution = 4001, over ",
			"the 3000 of a transaction",
		])
		message := sprintf(template, [key])
	} with input as fixture.defaulting({key: 2000 | some key in keys})
}

test_holds_for_a_healthy_profile if count(pending_rows_over_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(pending_rows_over_limit.deny) == 0 with input as fixture.profile({"limit.numPendingChildExecutions.error": 1499})
}

test_reports_a_missing_parameter if {
	fixture.messages(pending_rows_over_limit.deny) == {
		"cannot be evaluated: limit.numPendingSignals.error is missing from the profile",
	}
		with input as fixture.without("limit.numPendingSignals.error")
}
