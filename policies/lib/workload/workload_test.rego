package lib.workload_test

import data.lib.fixture_test as fixture
import data.lib.workload

facts(changes) := object.union(fixture.healthy, object.union(changes, {"margins": fixture.margins}))

test_dispatches_follow_transitions if workload.dispatches(facts({})) == 75

test_deleted_rows_grow_with_the_interval_and_shrink_with_shards if {
	workload.deleted_rows(facts({"interval": 512}), "interval") == 75
	workload.deleted_rows(facts({"interval": 512, "history.shards": 1024}), "interval") == 37.5
}
