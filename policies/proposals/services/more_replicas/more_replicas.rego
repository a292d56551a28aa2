# METADATA
# title: Run more instances of a busy service
# description: A service uses so much CPU or memory that the loss of an instance would overload it.
# custom:
#   expected: its load spreads over more instances, each inside its bound
#   risk: >-
#     each instance opens its own pools, so more of them share connections and the open rate; more
#     instances do not spread the load of one hot shard or task queue
package proposals.services.more_replicas

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	some service, results in busy
	key := sprintf("%s.replicas", [service])
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {key: max([evidence.scale_count(input.values[key], result) | some result in results])},
		"evidence": evidence.from_results(results),
	})
}

# busy: the results of each service that are over their bounds
busy[service] := [result | some result in over; endswith(result.metric, concat(".", ["", service]))] if {
	some outside in over
	service := trim_prefix(outside.metric, concat("", [outside.catalogue_metric, "."]))
	service != outside.metric
}

over := evidence.failing_results_of_all(["resources.cpu_utilization", "resources.memory_utilization"])
