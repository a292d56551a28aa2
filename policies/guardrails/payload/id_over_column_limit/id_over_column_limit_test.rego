package guardrails.payload.id_over_column_limit_test

import data.guardrails.payload.id_over_column_limit
import data.lib.fixture_test as fixture

test_fires_above_the_limit if {
	fixture.messages(id_over_column_limit.deny) == {
		"limit.maxIDLength accepts identifiers of 256 bytes, over the 255 of their columns",
	}
		with input as fixture.profile({"limit.maxIDLength": 256})
}

test_names_the_default_of_the_server if {
	fixture.messages(id_over_column_limit.deny) == {
		"limit.maxIDLength (the server's default) accepts identifiers of 1000 bytes, over the 255 of their columns",
	}
		with input as fixture.defaulting({"limit.maxIDLength": 1000})
}

test_holds_for_a_healthy_profile if count(id_over_column_limit.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(id_over_column_limit.deny) == {"cannot be evaluated: limit.maxIDLength is missing from the profile"}
		with input as fixture.without("limit.maxIDLength")
}
