# METADATA
# title: A login token that lasts too long
# description: >-
#   DSQL refuses a token that asks for more than its time, so that not one connection is
#   opened.
# custom:
#   severity: error
#   parameters:
#     - dsql.token_duration
#   kinds:
#     dsql.token_duration: duration
#   limits:
#     - token_seconds
#   remediation: >-
#     leave dsql.token_duration to be derived
#   source: Aurora DSQL user guide, authentication token chapter
package guardrails.access.token_duration_over_limit

import data.lib.rule
import data.lib.words

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.token_duration"] > facts.limits.token_seconds
	message := sprintf("a token of %s lasts %v s, over the %v s that the cluster accepts", [
		facts.given["dsql.token_duration"],
		words.number(facts["dsql.token_duration"]),
		facts.limits.token_seconds,
	])
}
