# METADATA
# title: Connections that a deployment opens
# description: >-
#   The facts given to each function hold the parameters that it names.
package lib.connections

import data.lib.words

instances(facts) := sum([
	facts["history.replicas"],
	facts["matching.replicas"],
	facts["frontend.replicas"],
	facts["worker.replicas"],
])

# pools of one instance: visibility in DSQL has one of its own
pools(facts) := 2 if facts["visibility.store"] == "dsql"

pools(facts) := 1 if facts["visibility.store"] != "dsql"

# connections of one pool: a reservoir opens its target whether or not the pool can use it
per_pool(facts) := facts["persistence.maxConns"] if facts["dsql.reservoir_enabled"] == false

per_pool(facts) := max([facts["persistence.maxConns"], facts["dsql.reservoir_target_ready"]]) if {
	facts["dsql.reservoir_enabled"]
}

per_instance(facts) := pools(facts) * per_pool(facts)

steady(facts) := instances(facts) * per_instance(facts)

# surge: instances during a rolling update, as a multiple of those before it
surge(facts) := 1 + (facts["deployment.rolling_surge"] / 100)

peak_instances(facts) := ceil(instances(facts) * surge(facts))

peak(facts) := steady(facts) * surge(facts)

# step: connections of the instances that a rolling update starts at once, one at the least
step(facts) := max([1, peak_instances(facts) - instances(facts)]) * per_instance(facts)

# sum_of_peak writes the peak as the product that it is
sum_of_peak(facts) := sprintf("%s x %s x %s x %v during a rolling update = %v", [
	words.counted(instances(facts), "instance"),
	words.counted(pools(facts), "pool"),
	words.counted(per_pool(facts), "connection"),
	words.number(surge(facts)),
	words.number(peak(facts)),
])

# fill: seconds in which the pools fill from nothing, once the burst is spent
fill(facts) := max([0, (steady(facts) - facts.limits.connection_burst) / facts.limits.connections_per_second])
