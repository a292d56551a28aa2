package conformance.data.nothing_promised_test

import data.conformance.data.nothing_promised
import data.lib.fixture_test as fixture
import data.lib.observed_test as observed

test_fires_for_facts_without_promises if {
	fixture.messages(nothing_promised.deny) == {"the facts have no promise to check"} with input as {}
}

test_fires_where_everything_is_excepted if {
	every_metric := [promise.metric | some promise in observed.conforming.promises]
	count(nothing_promised.deny) == 1 with input as observed.facts({"except": every_metric})
}

test_holds_where_there_is_one if count(nothing_promised.deny) == 0 with input as observed.facts({})
