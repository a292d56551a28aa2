# METADATA
# title: Fewer shards than the load needs
# description: >-
#   A shard makes one call to the database at a time. The number of busy shards is therefore the
#   number of transitions that arrive while one is written. The headroom keeps other transitions
#   from waiting behind them.
# custom:
#   severity: error
#   parameters:
#     - history.shards
#     - target_state_transitions_per_sec
#   needs:
#     - connection_ms_per_transition
#   margins:
#     - shard_headroom
#   remedy: >-
#     choose more shards before the cluster is created: the count cannot be changed later;
#     migrate a running cluster to a second one
package guardrails.history.history_shards_overloaded

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	busy := (facts.target_state_transitions_per_sec * facts.needs.connection_ms_per_transition) / 1000
	needed := busy * facts.margins.shard_headroom
	facts["history.shards"] < needed
	message := sprintf("%s, but %v transitions/s x %v ms in the database x %v for headroom need %v", [
		words.counted(facts["history.shards"], "shard"),
		facts.target_state_transitions_per_sec,
		words.number(facts.needs.connection_ms_per_transition),
		facts.margins.shard_headroom,
		ceil(needed),
	])
}
