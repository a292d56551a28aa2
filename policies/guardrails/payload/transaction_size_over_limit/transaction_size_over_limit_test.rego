package guardrails.payload.transaction_size_over_limit_test

import data.guardrails.payload.transaction_size_over_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(transaction_size_over_limit.deny) == {"system.transactionSizeLimit is 10485761 bytes, over the 10485760 of a transaction"} with input as fixture.profile({"system.transactionSizeLimit": 10485761})
}

test_holds_for_a_healthy_profile if count(transaction_size_over_limit.deny) == 0 with input as fixture.profile({})

test_holds_at_the_limit if count(transaction_size_over_limit.deny) == 0 with input as fixture.profile({"system.transactionSizeLimit": 10485760})

test_reports_a_missing_parameter if {
	fixture.messages(transaction_size_over_limit.deny) == {"cannot be judged: system.transactionSizeLimit is missing from the profile"} with input as fixture.without("system.transactionSizeLimit")
}
