# METADATA
# title: Fewer shards than the load or a production cluster needs
# description: >-
#   A shard writes one transition at a time, so that at a given load as many shards are busy
#   as transitions arrive while one is written; the headroom keeps others from waiting
#   behind them. Whatever the load, a production cluster starts with a least number, because
#   the count can never change: a cluster that is created too small is migrated, not grown.
# custom:
#   severity: warning
#   parameters:
#     - history.shards
#     - target_state_transitions_per_sec
#   margins:
#     - min_shards
#     - shard_headroom
#   planned:
#     - write_p99_ms
#   remedy: >-
#     choose more shards before the cluster is created: the count cannot be changed later,
#     and a running cluster is migrated to a second one
package guardrails.history.history_shards_undersized

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	writing_ms := facts.target_state_transitions_per_sec * facts.planned.write_p99_ms
	busy := ceil((writing_ms * facts.margins.shard_headroom) / 1000)
	needed := max([facts.margins.min_shards, busy])
	facts["history.shards"] < needed
	template := concat("", [
		"%s, fewer than %v: %v transitions/s x %v ms a write x %v for headroom need %v, and %v are the least",
	])
	message := sprintf(template, [
		words.counted(facts["history.shards"], "shard"),
		needed,
		facts.target_state_transitions_per_sec,
		facts.planned.write_p99_ms,
		facts.margins.shard_headroom,
		busy,
		facts.margins.min_shards,
	])
}
