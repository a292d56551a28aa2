package guardrails.workers.slots_over_memory_test

import data.guardrails.workers.slots_over_memory
import data.lib.fixture_test as fixture

stated := {"sdk.worker_memory_mib": 2000, "sdk.activity_memory_mib": 11}

test_fires_above_the_memory if {
	fixture.messages(slots_over_memory.deny) == {
		"200 activity slots x 11 MiB = 2200 MiB, over the 2000 MiB of a worker",
	}
		with input as fixture.profile(stated)
}

test_holds_for_a_healthy_profile if count(slots_over_memory.deny) == 0 with input as fixture.profile({})

test_holds_at_the_memory if {
	count(slots_over_memory.deny) == 0
		with input as fixture.profile(object.union(stated, {"sdk.activity_memory_mib": 10}))
}

test_resource_based_slots_watch_the_memory_themselves if {
	count(slots_over_memory.deny) == 0
		with input as fixture.profile(object.union(stated, {"sdk.slot_supplier": "resource-based"}))
}

test_reports_a_missing_parameter if {
	fixture.messages(slots_over_memory.deny) == {
		"cannot be evaluated: sdk.worker_memory_mib is missing from the profile",
	}
		with input as fixture.without("sdk.worker_memory_mib")
}
