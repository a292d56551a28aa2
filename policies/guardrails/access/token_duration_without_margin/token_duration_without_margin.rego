# METADATA
# title: A login token without a margin
# description: >-
#   Clocks differ and a handshake takes time: a token that is used up to its last second is
#   refused now and then, which looks like a fault of the role.
# custom:
#   severity: warning
#   parameters:
#     - dsql.token_duration
#   kinds:
#     dsql.token_duration: duration
#   limits:
#     - token_seconds
#   margins:
#     - token_margin_seconds
#   remediation: >-
#     leave dsql.token_duration to be derived
#   source: Aurora DSQL user guide, authentication token chapter
package guardrails.access.token_duration_without_margin

import data.lib.rule
import data.lib.words

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	longest := facts.limits.token_seconds - facts.margins.token_margin_seconds
	facts["dsql.token_duration"] > longest
	facts["dsql.token_duration"] <= facts.limits.token_seconds
	message := sprintf("a token of %s lasts %v s, over the %v s that leave a margin of %v s", [
		facts.given["dsql.token_duration"],
		words.number(facts["dsql.token_duration"]),
		longest,
		facts.margins.token_margin_seconds,
	])
}
