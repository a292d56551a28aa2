package guardrails.history.signals_over_transaction_test

import data.guardrails.history.signals_over_transaction
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(signals_over_transaction.deny) == {
		concat("", [
			"history.maximumSignalsPerExecution lets a run take 3000 signals, each a row: with the row of the run, ",
			"over the 3000 that one transaction deletes",
		]),
	}
		with input as fixture.profile({"history.maximumSignalsPerExecution": 3000})
}

test_names_the_default_of_the_server if {
	fixture.messages(signals_over_transaction.deny) == {
		concat("", [
			"history.maximumSignalsPerExecution (the server's default) lets a run take 10000 signals, each a ",
			"row: with the row of the run, over the 3000 that one transaction deletes",
		]),
	}
		with input as fixture.defaulting({"history.maximumSignalsPerExecution": 10000})
}

test_holds_for_a_healthy_profile if count(signals_over_transaction.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(signals_over_transaction.deny) == 0 with input as fixture.profile({"history.maximumSignalsPerExecution": 2999})
}

test_reports_a_missing_parameter if {
	fixture.messages(signals_over_transaction.deny) == {
		"cannot be evaluated: history.maximumSignalsPerExecution is missing from the profile",
	}
		with input as fixture.without("history.maximumSignalsPerExecution")
}
