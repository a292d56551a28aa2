# METADATA
# title: Run more pollers
# description: >-
#   Tasks wait to be started although slots are free, no service is busy, the database answers in time
#   and no partition is overloaded. That leaves too few pollers as the reason.
# custom:
#   expected: more tasks find a poller waiting and start at once
#   risk: more long polls at the frontend; pollers do not help a worker that is short of CPU
package proposals.workers.more_pollers

import data.lib.evidence
import data.lib.proposal
import data.lib.words

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	raised := {kind.pollers: least |
		some name, _ in evidence.waiting
		kind := evidence.kinds[name]
		least := most_pollers(kind)
		least > input.values[kind.pollers]
	}
	count(raised) > 0
	change := proposal.build(rego.metadata.chain(), {"overrides": raised, "evidence": evidence.from_results(symptoms)})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

symptoms := [result | some name in ["workflow", "activity"]; some result in evidence.waiting[name]]

most_pollers(kind) := min([2 * input.values[kind.pollers], input.values[kind.slots]])

objections contains message if some message in evidence.waits_elsewhere

objections contains message if {
	some name, _ in evidence.waiting
	some message in evidence.full_slots(evidence.kinds[name])
}

objections contains sprintf("%s: %s", [result.metric, result.detail]) if {
	some result in evidence.failing_results_of_all([evidence.slot_sum, "errors.resource_exhausted_per_sec"])
}

objections contains sprintf("%s is unknown: full slots cannot be ruled out", [evidence.slot_sum]) if {
	not evidence.is_within_bounds(evidence.slot_sum)
	count(evidence.failing_results(evidence.slot_sum)) == 0
	some name, _ in evidence.waiting
	not evidence.own_slots(evidence.kinds[name])
}

objections contains sprintf("each partition dispatches %v tasks/s, and one serves %v reliably", [
	words.number(evidence.dispatches_per_partition),
	input.margins.dispatches_per_partition_low,
]) if {
	evidence.dispatches_per_partition > input.margins.dispatches_per_partition_low
}

objections contains "the dispatches of a partition are unknown: busy partitions cannot be ruled out" if {
	not evidence.dispatches_per_partition
}

# tasks that matching hands out at once wait before it or at their workers
objections contains sprintf("matching hands tasks out within %v, and they wait %v to be started", [
	words.measured(dispatch, "ms"),
	words.measured(result.observed_value, "ms"),
]) if {
	dispatch := evidence.level("matching.task_dispatch_latency", "p95")
	some result in symptoms
	dispatch < result.observed_value / 10
}

objections contains sprintf("%s is %v, as much as %s", [kind.pollers, input.values[kind.pollers], kind.slots]) if {
	some name, _ in evidence.waiting
	kind := evidence.kinds[name]
	most_pollers(kind) <= input.values[kind.pollers]
	not can_raise_another(name)
}

can_raise_another(name) if {
	some other, _ in evidence.waiting
	other != name
	most_pollers(evidence.kinds[other]) > input.values[evidence.kinds[other].pollers]
}
