# METADATA
# title: Load of a deployment at its SLO
# description: >-
#   The facts passed to a function must have the parameters and margins that it reads.
package lib.workload

# dispatches: tasks per second that matching hands to workers
dispatches(facts) := facts.target_state_transitions_per_sec * facts.margins.dispatches_per_transition

# deleted_rows: rows that one queue acknowledgement deletes in each shard
deleted_rows(facts, interval) := (dispatches(facts) * facts[interval]) / facts["history.shards"]
