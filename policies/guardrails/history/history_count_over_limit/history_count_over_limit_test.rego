package guardrails.history.history_count_over_limit_test

import data.guardrails.history.history_count_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(history_count_over_limit.deny) == {
		concat("", [
			"limit.historyCount.error lets a run grow to 6000 events, some 3000 batches at 2 events each: with ",
			"the row of the branch, over the 3000 rows that one transaction deletes",
		]),
	}
		with input as fixture.profile({"limit.historyCount.error": 6000})
}

test_names_the_default_of_the_server if {
	fixture.messages(history_count_over_limit.deny) == {
		concat("", [
			"limit.historyCount.error (the server's default) lets a run grow to 51200 events, some 25600 batches ",
			"at 2 events each: with the row of the branch, over the 3000 rows that one transaction deletes",
		]),
	}
		with input as fixture.defaulting({"limit.historyCount.error": 51200})
}

test_holds_for_a_healthy_profile if count(history_count_over_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(history_count_over_limit.deny) == 0 with input as fixture.profile({"limit.historyCount.error": 5998})
}

test_reports_a_missing_parameter if {
	fixture.messages(history_count_over_limit.deny) == {
		"cannot be evaluated: limit.historyCount.error is missing from the profile",
	}
		with input as fixture.without("limit.historyCount.error")
}
