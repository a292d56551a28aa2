package guardrails.payload.transaction_size_over_limit_test

import data.guardrails.payload.transaction_size_over_limit
import data.lib.fixture_test as fixture

test_fires_above_a_column if {
	fixture.messages(transaction_size_over_limit.deny) == {
		concat("", [
			"system.transactionSizeLimit is 1048577 bytes, over the 1048576 that can be written (a column ",
			"value takes 1048576, a transaction 10485760)",
		]),
	}
		with input as fixture.profile({"system.transactionSizeLimit": 1048577})
}

test_fires_above_a_transaction if {
	fixture.messages(transaction_size_over_limit.deny) == {
		concat("", [
			"system.transactionSizeLimit is 943718 bytes, over the 943717 that can be written (a column ",
			"value takes 1048576, a transaction 943717)",
		]),
	}
		with input as object.union(fixture.profile({}), {"limits": {"transaction_bytes": 943717}})
}

test_holds_for_a_healthy_profile if count(transaction_size_over_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if {
	count(transaction_size_over_limit.deny) == 0 with input as fixture.profile({"system.transactionSizeLimit": 1048576})
}

test_reports_a_missing_parameter if {
	fixture.messages(transaction_size_over_limit.deny) == {
		"cannot be evaluated: system.transactionSizeLimit is missing from the profile",
	}
		with input as fixture.without("system.transactionSizeLimit")
}
