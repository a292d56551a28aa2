# METADATA
# title: Run more workers
# description: The slots of the workers are so busy that tasks of a burst wait for one.
# custom:
#   expected: the same tasks use a smaller share of the slots and wait less
#   risk: more workers poll and run activities at once; the systems that they call must be able to take the load
package proposals.workers.more_workers

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	some result in evidence.failing_results("resources.worker_task_slot_utilization")
	change := proposal.build(rego.metadata.chain(), {
		"overrides": {"sdk.worker_count": evidence.scale_count(input.values["sdk.worker_count"], result)},
		"evidence": evidence.from_results([result]),
	})
}
