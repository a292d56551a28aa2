package guardrails.workers.eager_switches_disagree_test

import data.guardrails.workers.eager_switches_disagree
import data.lib.fixture_test as fixture

test_fires_when_the_worker_declines if {
	fixture.messages(eager_switches_disagree.warn) == {
		"system.enableActivityEagerExecution and sdk.disable_eager_activities are both true",
	}
		with input as fixture.profile({"system.enableActivityEagerExecution": true})
}

test_fires_when_the_server_declines if {
	fixture.messages(eager_switches_disagree.warn) == {
		"system.enableActivityEagerExecution and sdk.disable_eager_activities are both false",
	}
		with input as fixture.profile({"sdk.disable_eager_activities": false})
}

test_holds_for_a_healthy_profile if count(eager_switches_disagree.warn) == 0 with input as fixture.profile({})

test_holds_when_both_are_on if {
	count(eager_switches_disagree.warn) == 0
		with input as fixture.profile({"system.enableActivityEagerExecution": true, "sdk.disable_eager_activities": false})
}

test_reports_a_missing_parameter if {
	fixture.messages(eager_switches_disagree.warn) == {
		"cannot be evaluated: sdk.disable_eager_activities is missing from the profile",
	}
		with input as fixture.without("sdk.disable_eager_activities")
}
