# METADATA
# title: Give workers more slots for the tasks that wait
# description: >-
#   The slots for one kind of tasks are full while those for another are idle, so the sum over all slots
#   looks fine. More pollers do not start tasks that wait for a slot.
# custom:
#   expected: a task of this kind finds a free slot and starts
#   risk: >-
#     each worker runs more tasks at once, so it needs the CPU and memory for them; more workers
#     (sdk.worker_count) give as many slots without that
package proposals.workers.more_slots

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {evidence.kinds[name].slots: slots | some name, slots in raised},
		"evidence": array.concat(evidence.from_results(symptoms), [shown | some shown in slot_evidence]),
	})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

# raised: the slots of each kind that are full, or that the sum hides, so that they are inside the bound
raised[name] := slots if {
	some name, kind in evidence.kinds
	result := evidence.own_slots(kind)
	result.result == "fail"
	slots := evidence.scale_count(input.values[kind.slots], result)
}

raised[name] := slots if {
	evidence.is_within_bounds(evidence.slot_sum)
	count(evidence.waiting) == 1
	some name, _ in evidence.waiting
	kind := evidence.kinds[name]
	evidence.hides_full_slots(kind)
	slots := ceil(input.values[kind.slots] / bound)
}

bound := [promise.upper.value | some promise in input.promises; promise.metric == evidence.slot_sum][0]

# a sum that is over its bound needs more workers
symptoms := array.concat(
	[result | some name, _ in raised; some result in evidence.waiting[name]],
	[result |
		some name, _ in raised
		result := evidence.own_slots(evidence.kinds[name])
		evidence.is_within_bounds(evidence.slot_sum)
	],
)

# slot_evidence: what says that the slots of a kind are full that the sum hides
slot_evidence[name] := {
	"metric": evidence.slot_sum,
	"statistic": "p95",
	"value": evidence.level(evidence.slot_sum, "p95"),
	"bound": bound,
	"unit": "ratio",
	"detail": detail,
} if {
	some name, _ in raised
	kind := evidence.kinds[name]
	not evidence.own_slots(kind)
	some message in evidence.full_slots(kind)
	detail := trim_prefix(message, concat("", [evidence.slot_sum, ": "]))
}

objections contains message if some message in evidence.busy_services

objections contains sprintf("%s: %s: add workers instead", [result.metric, result.detail]) if {
	some result in evidence.failing_results(evidence.slot_sum)
}
