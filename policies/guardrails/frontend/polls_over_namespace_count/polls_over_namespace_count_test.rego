package guardrails.frontend.polls_over_namespace_count_test

import data.guardrails.frontend.polls_over_namespace_count
import data.lib.fixture_test as fixture

test_fires_above_the_count if {
	fixture.messages(polls_over_namespace_count.warn) == {
		"8 workers x 16 workflow task polls = 128, over the 3 instances x 42 = 126 that are held open",
	}
		with input as fixture.profile({"frontend.namespaceCount": 42, "sdk.poller_mode": "fixed"})
}

test_counts_the_most_that_autoscaling_reaches if {
	fixture.messages(polls_over_namespace_count.warn) == {
		"8 workers x 100 workflow task polls = 800, over the 3 instances x 42 = 126 that are held open",
		"8 workers x 100 activity task polls = 800, over the 3 instances x 42 = 126 that are held open",
	}
		with input as fixture.profile({"frontend.namespaceCount": 42})
}

test_holds_for_a_healthy_profile if count(polls_over_namespace_count.warn) == 0 with input as fixture.profile({})

test_holds_at_the_count if {
	count(polls_over_namespace_count.warn) == 0
		with input as fixture.profile({"frontend.replicas": 4, "frontend.namespaceCount": 200})
}

test_reports_a_missing_parameter if {
	fixture.messages(polls_over_namespace_count.warn) == {
		"cannot be evaluated: frontend.namespaceCount is missing from the profile",
	}
		with input as fixture.without("frontend.namespaceCount")
}

test_a_global_count_replaces_the_one_of_each_host if {
	count(fixture.messages(polls_over_namespace_count.warn)) == 2
		with input as fixture.profile({"frontend.globalNamespaceCount": 1, "frontend.namespaceCount": 100000})
	count(polls_over_namespace_count.warn) == 0
		with input as fixture.profile({"frontend.globalNamespaceCount": 100000, "frontend.namespaceCount": 1})
}
