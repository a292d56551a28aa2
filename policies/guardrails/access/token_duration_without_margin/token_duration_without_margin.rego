# METADATA
# title: A login token without a margin
# description: >-
#   The plugin replaces a token when a fifth of its life is left. Clocks differ and a handshake
#   takes time. If that fifth is too short, a token is refused now and then, which looks like a
#   wrong role.
# custom:
#   severity: warning
#   parameters:
#     - dsql.token_duration
#   kinds:
#     dsql.token_duration: duration
#   margins:
#     - token_floor_seconds
#     - token_margin_seconds
#     - token_refresh_share
#   remedy: >-
#     use the derived value of dsql.token_duration
#   source: plugin repository, token_cache.go
package guardrails.access.token_duration_without_margin

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	life := facts["dsql.token_duration"]
	life >= facts.margins.token_floor_seconds
	left := life * facts.margins.token_refresh_share
	left < facts.margins.token_margin_seconds
	message := sprintf("a token of %s is replaced %v s before its end, under the margin of %v s", [
		facts.given["dsql.token_duration"],
		words.number(left),
		facts.margins.token_margin_seconds,
	])
}
