# METADATA
# title: Run more instances of a busy service
# description: A service uses more of its CPU or memory than leaves room for the loss of an instance.
# custom:
#   expected: its load spreads over more instances, each inside of its bound
#   risk: >-
#     each instance opens its pools: connections and the open rate are shared by more; where one
#     hot shard or task queue is the load, more instances do not spread it
package recommend.services.more_replicas

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	some service, results in busy
	key := sprintf("%s.replicas", [service])
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {key: max([evidence.scaled(input.values[key], result) | some result in results])},
		"evidence": evidence.told(results),
	})
}

# busy: the results of each service that are over their bounds
busy[service] := [result | some result in over; endswith(result.metric, concat(".", ["", service]))] if {
	some outside in over
	service := trim_prefix(outside.metric, concat("", [outside.of, "."]))
	service != outside.metric
}

over := evidence.failures(["resources.cpu_utilization", "resources.memory_utilization"])
