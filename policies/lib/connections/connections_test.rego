package lib.connections_test

import data.lib.connections
import data.lib.fixture_test as fixture

facts(changes) := object.union(fixture.healthy, object.union(changes, {"limits": fixture.limits}))

test_a_healthy_cluster if {
	connections.instances(facts({})) == 15
	connections.pools(facts({})) == 2
	connections.per_pool(facts({})) == 50
	connections.per_instance(facts({})) == 100
	connections.steady(facts({})) == 1500
	connections.peak(facts({})) == 3000
	connections.peak_instances(facts({})) == 30
	connections.fill(facts({})) == 5
}

test_visibility_elsewhere_needs_no_pool if connections.pools(facts({"visibility.store": "elasticsearch"})) == 1

test_a_reservoir_counts_only_when_on if {
	connections.per_pool(facts({"dsql.reservoir_target_ready": 80})) == 80
	connections.per_pool(facts({"dsql.reservoir_target_ready": 20})) == 50
	connections.per_pool(facts({"dsql.reservoir_target_ready": 80, "dsql.reservoir_enabled": false})) == 50
}

test_surge_is_a_share_of_the_instances if {
	connections.peak(facts({"deployment.rolling_surge": 0})) == 1500
	connections.peak(facts({"deployment.rolling_surge": 50})) == 2250
	connections.peak_instances(facts({"deployment.rolling_surge": 50})) == 23
}

test_what_fits_the_burst_needs_no_time if connections.fill(facts({"history.replicas": 1})) == 0

test_a_step_is_what_starts_at_once if {
	connections.step(facts({})) == 1500
	connections.step(facts({"deployment.rolling_surge": 50})) == 800
	connections.step(facts({"deployment.rolling_surge": 0})) == 100
}
