# METADATA
# title: Run more workers
# description: The workers' slots are busier than leaves room for bursts, so that tasks wait for a slot.
# custom:
#   expected: as many tasks take a smaller share of the slots, and wait less
#   risk: more workers poll and call activities at the same time, which what they call has to bear
package recommend.workers.more_workers

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	some result in evidence.failing("resources.worker_task_slot_utilization")
	change := proposal.of(rego.metadata.chain(), {
		"overrides": {"sdk.worker_count": evidence.scaled(input.values["sdk.worker_count"], result)},
		"evidence": evidence.told([result]),
	})
}
