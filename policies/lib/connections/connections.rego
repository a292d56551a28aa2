# METADATA
# title: Connections that a deployment opens
# description: >-
#   The facts given to each function hold the parameters that it names. Each instance has one
#   pool in DSQL. Where services differ, facts.services has the values of each.
package lib.connections

import data.lib.words

services := ["history", "matching", "frontend", "worker"]

replicas(facts) := [facts[sprintf("%s.replicas", [service])] | some service in services]

instances(facts) := sum(replicas(facts))

# is_uniform: whether all services have the same values
is_uniform(facts) if count(object.get(facts, "services", {})) == 0

# in_service: the facts as they hold in one service
in_service(facts, service) := object.union(facts, object.get(facts, ["services", service], {}))

# reservoir: connections that wait in the reservoir of one instance; the low watermark
# raises the target to itself
reservoir(facts) := 0 if facts["dsql.reservoir_enabled"] == false

reservoir(facts) := max([facts["dsql.reservoir_target_ready"], facts["dsql.reservoir_low_watermark"]]) if {
	facts["dsql.reservoir_enabled"]
}

# slots: connections of an instance that need a slot. The pool keeps what it takes out of
# the reservoir, which fills up again.
slots(facts) := facts["persistence.maxConns"] + reservoir(facts)

# per_instance: connections of an instance, with those that its start leaves open
per_instance(facts) := slots(facts) + left_by_start(facts)

# left_by_start: connections that the short-lived pools of a start leave open. The first
# plugin generation never stops their reservoirs, the second leaves some connections each.
left_by_start(facts) := 0 if facts["dsql.reservoir_enabled"] == false

left_by_start(facts) := facts.margins.startup_pools * left_by_pool(facts) if facts["dsql.reservoir_enabled"]

left_by_pool(facts) := reservoir(facts) if input.dsql_plugin_version == "1"

left_by_pool(facts) := facts.margins.startup_pool_connections if not input.dsql_plugin_version == "1"

# at_start: connections that an instance opens before it serves
at_start(facts) := reservoir(facts) if facts["dsql.reservoir_enabled"]

at_start(facts) := facts["persistence.maxConns"] if facts["dsql.reservoir_enabled"] == false

# steady: connections of all instances
steady(facts) := instances(facts) * per_instance(facts) if is_uniform(facts)

steady(facts) := sum([n | some service in services; n := running(facts, service) * each(facts, service)]) if {
	not is_uniform(facts)
}

running(facts, service) := facts[sprintf("%s.replicas", [service])]

each(facts, service) := per_instance(in_service(facts, service))

# updating: old and new instances of a service side by side
updating(facts, service) := ceil((running(facts, service) * (100 + facts["deployment.rolling_surge"])) / 100)

# peak_instances: old and new ones of each service side by side
peak_instances(facts) := sum([updating(facts, service) | some service in services])

peak(facts) := peak_instances(facts) * per_instance(facts) if is_uniform(facts)

peak(facts) := sum([n | some service in services; n := updating(facts, service) * each(facts, service)]) if {
	not is_uniform(facts)
}

# waiting: connections in the reservoirs of all instances
waiting(facts) := sum([n |
	some service in services
	n := running(facts, service) * reservoir(in_service(facts, service))
])

# total: a parameter of each instance, over all instances
total(facts, key) := sum([n | some service in services; n := running(facts, service) * in_service(facts, service)[key]])

# starting: instances that a rolling update starts at once
starting(facts) := max([1, peak_instances(facts) - instances(facts)])

# opened_by_update: connections that these open before they serve
opened_by_update(facts) := starting(facts) * at_start(facts) if is_uniform(facts)

opened_by_update(facts) := max([
	max([at_start(in_service(facts, service)) | some service in services]),
	sum([n |
		some service in services
		n := (updating(facts, service) - running(facts, service)) * at_start(in_service(facts, service))
	]),
]) if {
	not is_uniform(facts)
}

# sum_of_peak writes the peak as the sum that it is
sum_of_peak(facts) := sprintf("%s during a rolling update x %s = %v connections", [
	words.counted(peak_instances(facts), "instance"),
	sum_per_instance(facts),
	peak(facts),
]) if {
	is_uniform(facts)
}

sum_of_peak(facts) := sprintf("during a rolling update, %s = %v connections", [
	concat(" + ", [part |
		some service in services
		part := sprintf("%v %s x %s", [
			updating(facts, service),
			service,
			sum_per_instance(in_service(facts, service)),
		])
	]),
	peak(facts),
]) if {
	not is_uniform(facts)
}

# each_of writes what each instance has, unless services differ
each_of(facts, text) := sprintf(" x %s", [text]) if is_uniform(facts)

each_of(facts, _) := ", each with its service's own," if not is_uniform(facts)

sum_per_instance(facts) := sprintf("%v", [per_instance(facts)]) if reservoir(facts) == 0

sum_per_instance(facts) := sprintf("(%v in the pool + %v in the reservoir + %v left by its start)", [
	facts["persistence.maxConns"],
	reservoir(facts),
	left_by_start(facts),
]) if {
	reservoir(facts) > 0
}

# is_shared: whether all instances draw on one open rate; a limiter without its table
# falls back to a limiter in each instance
is_shared(facts) if {
	facts["dsql.distributed_rate_limiter_enabled"]
	trim_space(facts["dsql.distributed_rate_limiter_table"]) != ""
}

# fill_seconds in which one instance opens connections when all instances do: one after the
# other, or as the limiter grants them
fill_seconds(facts, connections) := max([
	(connections * facts.margins.handshake_ms) / 1000,
	limited_seconds(facts, connections),
])

# limited_seconds: a shared limiter serves all that every instance opens meanwhile. No burst
# counts for a local limiter: the short-lived pools have spent it.
limited_seconds(facts, _) := steady(facts) / facts["dsql.distributed_rate_limiter_limit"] if is_shared(facts)

limited_seconds(facts, connections) := connections / facts["dsql.connection_rate_limit"] if not is_shared(facts)

# queue_seconds: how long the cluster's open rate takes for a cold start beyond its burst
queue_seconds(facts) := max([0, (steady(facts) - facts.limits.connection_burst) / facts.limits.connections_per_second])

# blocks that a pool takes once, at start: it counts its reservoir alone
blocks(facts) := ceil(reservoir(facts) / facts["dsql.slot_block_size"])

# blocks_of_all: blocks of all instances, and during an update
blocks_of_all(facts) := sum([n |
	some service in services
	n := running(facts, service) * blocks(in_service(facts, service))
])

blocks_during_update(facts) := sum([n |
	some service in services
	n := updating(facts, service) * blocks(in_service(facts, service))
])
