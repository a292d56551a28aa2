# METADATA
# title: A pool that cannot carry its instance's share of the load
# description: >-
#   A connection makes one call at a time, so that a pool is sure of as many calls a second
#   as its connections make when each call takes the 99th percentile that is planned for a
#   write. A history instance has the largest share of the load, because history does most
#   of the writing: all calls that the state transitions cause, over the history replicas.
#   Below that share calls wait for a connection, and one slow moment of the database makes
#   the next.
# custom:
#   severity: warning
#   parameters:
#     - persistence.maxConns
#     - target_state_transitions_per_sec
#     - history.replicas
#   kinds:
#     history.replicas: positive number
#   margins:
#     - persistence_per_transition
#   planned:
#     - write_p99_ms
#   remedy: >-
#     raise persistence.maxConns or history.replicas; where the cluster's connections are
#     used up, free some with a smaller deployment.rolling_surge
package guardrails.connections.pool_too_small

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	calls := (facts["persistence.maxConns"] * 1000) / facts.planned.write_p99_ms
	all_calls := facts.target_state_transitions_per_sec * facts.margins.persistence_per_transition
	share := all_calls / facts["history.replicas"]
	calls < share
	template := concat("", [
		"%s with calls of up to %v ms = %v calls/s, but %v transitions/s x %v calls over %s of history need ",
		"%v of each",
	])
	message := sprintf(template, [
		words.counted(facts["persistence.maxConns"], "connection"),
		facts.planned.write_p99_ms,
		words.number(calls),
		facts.target_state_transitions_per_sec,
		facts.margins.persistence_per_transition,
		words.counted(facts["history.replicas"], "instance"),
		words.number(share),
	])
}
