package proposals.workers.more_workers_test

import data.lib.advising_test as advising
import data.proposals.workers.more_workers

slots := "resources.worker_task_slot_utilization"

test_proposes_as_many_as_keep_the_bound if {
	proposed := more_workers.propose with input as advising.facts({slots: 0.9}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"sdk.worker_count": 10}
	change.evidence[0].value == 0.9
}

test_holds_at_the_bound if count(more_workers.propose) == 0 with input as advising.facts({slots: 0.75}, {})

test_holds_without_data if count(more_workers.propose) == 0 with input as advising.facts({slots: []}, {})
