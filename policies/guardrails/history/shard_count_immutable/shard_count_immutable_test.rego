package guardrails.history.shard_count_immutable_test

import data.guardrails.history.shard_count_immutable
import data.lib.fixture_test as fixture

test_fires_for_another_count if {
	fixture.messages(shard_count_immutable.deny) == {"the cluster runs 4096 shards and the profile has 512"}
		with input as running({"history.shards": 4096})
}

test_fires_when_the_running_count_is_unknown if {
	fixture.messages(shard_count_immutable.deny) == {
		"the profile has 512 shards, and deployed does not say how many the cluster runs",
	}
		with input as running({})
}

test_holds_for_the_same_count if count(shard_count_immutable.deny) == 0 with input as running({"history.shards": 512})

running(deployed) := object.union(fixture.profile({}), {"deployed": deployed})

test_holds_for_a_healthy_profile if count(shard_count_immutable.deny) == 0 with input as fixture.profile({})

test_reports_a_missing_parameter if {
	fixture.messages(shard_count_immutable.deny) == {"cannot be evaluated: history.shards is missing from the profile"}
		with input as fixture.without("history.shards")
}
