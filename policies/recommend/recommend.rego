# METADATA
# title: Changes that the evidence of a behaviour profile supports
# description: >-
#   Each package under proposals looks for evidence of one bottleneck among the results of
#   conformance, and proposes a change unless something contradicts it. Without evidence it
#   proposes nothing. The input holds the facts of conformance, the configured values, the presets
#   with their ranges, and the margins of the sizing.
package recommend

import data.conformance
import data.proposals

# METADATA
# title: All proposals, with the conformance that they are based on
# entrypoint: true
verdict := {
	"conformance": conformance.verdict,
	"proposals": ranked_changes,
	"considered": [rejected | some rejected in considered],
	"unexplained": unexplained,
	"bottlenecks": bottlenecks,
}

changes contains proposals[_][_].propose[_]

# ranked_changes: what is furthest outside its bounds first
ranked_changes := [entry[2] |
	some entry in sort([[0 - excess_of(change), change.name, change] | some change in changes])
]

excess_of(change) := max([ratio |
	some shown in change.evidence
	ratio := ratio_of(shown)
])

default ratio_of(_) := 0

ratio_of(shown) := max([shown.value / shown.bound, shown.bound / shown.value]) if {
	shown.bound > 0
	shown.value > 0
}

# METADATA
# title: Changes that the evidence suggests and that something speaks against
considered contains proposals[_][_].consider[_]

# METADATA
# title: Metrics outside their bounds that no change is known to bring back
unexplained := [{"metric": result.metric, "detail": result.detail} |
	some result in conformance.results
	result.result == "fail"
	not result.metric in explained
]

explained contains shown.metric if {
	some change in changes
	some shown in change.evidence
}

explained contains metric if {
	some rejected in considered
	some metric in rejected.metrics
}

# METADATA
# title: The fullest resources first, measured ones and those of the capacity model at the observed load
bottlenecks := array.slice(fullest, 0, 5)

fullest := [entry[2] | some entry in sort([[0 - row.utilization, row.name, row] | some row in usage])]

measured_shares := [
	"resources.cpu_utilization",
	"resources.memory_utilization",
	"resources.slots_busy",
	"dsql_pool.pool_utilization",
]

usage contains {
	"name": observed.metric,
	"resource": observed.metric,
	"parameter": "",
	"utilization": share,
	"source": "measured",
} if {
	some metric in measured_shares
	some observed in input.observed[metric]
	share := observed.statistics.p95
	is_number(share)
}

usage contains {
	"name": row.name,
	"resource": row.resource,
	"parameter": object.get(row, "parameter", ""),
	"utilization": round(10000 * share) / 10000,
	"source": "model",
} if {
	some row in object.get(input, ["capacity", "resources"], [])
	share := share_at_load(row)
}

# share_at_load extends the line from the stated load to the load at which the resource is full
share_at_load(row) := row.utilization + (((load - stated) * (1 - row.utilization)) / (row.full_at - stated)) if {
	row.full_at != stated
}

load := input.observed["throughput.state_transitions_per_sec"][0].statistics.p95

stated := input.capacity.load
