# METADATA
# title: Load that the SLO puts on the deployment
# description: >-
#   The facts given to each function hold the parameters and margins that it names.
package lib.workload

# dispatches: tasks a second that matching hands to workers
dispatches(facts) := facts.target_state_transitions_per_sec * facts.margins.dispatches_per_transition

# deleted_rows: rows that one acknowledgement of a queue deletes in each shard
deleted_rows(facts, interval) := (dispatches(facts) * facts[interval]) / facts["history.shards"]
