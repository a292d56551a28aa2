package lib.connections_test

import data.lib.connections
import data.lib.fixture_test as fixture

facts(changes) := object.union(
	fixture.healthy,
	object.union(changes, {"limits": fixture.limits, "margins": fixture.margins}),
)

without_reservoir := {"dsql.reservoir_enabled": false}

shared := {"dsql.distributed_rate_limiter_enabled": true, "dsql.distributed_rate_limiter_table": "limiter"}

test_a_healthy_cluster if {
	connections.instances(facts({})) == 15
	connections.reservoir(facts({})) == 50
	connections.slots(facts({})) == 100
	connections.left_by_start(facts({})) == 15
	connections.per_instance(facts({})) == 115
	connections.at_start(facts({})) == 50
	connections.steady(facts({})) == 1725
	connections.peak(facts({})) == 3450
	connections.peak_instances(facts({})) == 30
	connections.starting(facts({})) == 15
	connections.queue_seconds(facts({})) == 7.25
}

test_the_watermark_raises_the_target if {
	connections.reservoir(facts({"dsql.reservoir_target_ready": 20})) == 50
	connections.reservoir(facts({"dsql.reservoir_target_ready": 80})) == 80
}

test_a_reservoir_counts_only_when_on if {
	connections.per_instance(facts({"dsql.reservoir_target_ready": 80})) == 145
	connections.per_instance(facts(without_reservoir)) == 50
	connections.at_start(facts(without_reservoir)) == 50
}

test_the_first_generation_leaves_reservoirs_open if {
	connections.left_by_start(facts({})) == 150 with input as {"dsql_plugin_version": "1"}
	connections.left_by_start(facts({"dsql.reservoir_target_ready": 80})) == 240 with input as {"dsql_plugin_version": "1"}
	connections.left_by_start(facts(without_reservoir)) == 0 with input as {"dsql_plugin_version": "1"}
	connections.left_by_start(facts({})) == 15 with input as {"dsql_plugin_version": "2"}
}

test_a_surge_is_rounded_up_for_each_service if {
	connections.peak_instances(facts({"deployment.rolling_surge": 0})) == 15
	connections.peak_instances(facts({"deployment.rolling_surge": 50})) == 23
	connections.peak_instances(facts({"deployment.rolling_surge": 10})) == 19
	connections.starting(facts({"deployment.rolling_surge": 0})) == 1
	connections.starting(facts({"deployment.rolling_surge": 50})) == 8
}

test_a_limiter_without_its_table_is_not_shared if {
	connections.is_shared(facts(shared))
	not connections.is_shared(facts({"dsql.distributed_rate_limiter_enabled": true}))
	not connections.is_shared(facts({}))
}

test_connections_open_one_after_the_other if {
	connections.fill_seconds(facts({"dsql.connection_rate_limit": 20}), 50) == 5
}

test_a_limiter_holds_them_back if {
	connections.fill_seconds(facts({"dsql.connection_rate_limit": 2}), 96) == 48
	connections.fill_seconds(facts(shared), 50) == 17.25
}

test_what_exceeds_the_burst_queues if {
	connections.queue_seconds(facts({"history.replicas": 16})) == 18.75
	connections.queue_seconds(facts({"persistence.maxConns": 1})) == 0
}

test_a_pool_takes_whole_blocks if {
	connections.blocks(facts({})) == 1
	connections.blocks(facts({"dsql.slot_block_size": 40})) == 2
}

# history has a pool of 100 and a reservoir of 100, the others 50 and 50; each start leaves 15
of_services := {"services": {"history": {
	"persistence.maxConns": 100,
	"dsql.reservoir_target_ready": 100,
	"dsql.connection_rate_limit": 10,
}}}

test_each_service_counts_with_its_own_values if {
	own := facts(of_services)
	history := own["history.replicas"]
	others := 15 - history
	connections.steady(own) == (history * 215) + (others * 115)
	connections.peak(own) == 2 * connections.steady(own)
	connections.waiting(own) == (history * 100) + (others * 50)
	connections.total(own, "dsql.connection_rate_limit") == (history * 10) + (others * own["dsql.connection_rate_limit"])
	connections.opened_by_update(own) == (history * 100) + (others * 50)
	connections.per_instance(connections.in_service(own, "history")) == 215
	connections.per_instance(connections.in_service(own, "worker")) == 115
}

test_an_update_without_a_surge_opens_what_the_largest_instance_does if {
	connections.opened_by_update(facts(object.union(of_services, {"deployment.rolling_surge": 0}))) == 100
}

test_services_of_their_own_are_written_one_by_one if {
	own := facts(of_services)
	contains(connections.sum_of_peak(own), "history x (100 in the pool + 100 in the reservoir + 15 left by its start)")
	connections.each_of(own, "6/s") == ", each with its service's own,"
	connections.each_of(facts({}), "6/s") == " x 6/s"
}

test_blocks_are_counted_by_service if {
	own := facts(object.union(of_services, {"dsql.slot_block_size": 60}))
	connections.blocks_of_all(own) == 15 + own["history.replicas"]
	connections.blocks_during_update(own) == 2 * connections.blocks_of_all(own)
}
