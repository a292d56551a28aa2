# METADATA
# title: A token lifetime that the plugin does not accept
# description: >-
#   The plugin accepts 15s to 15m. It silently uses 15m instead of any other value, although DSQL
#   itself accepts a token of up to a week.
# custom:
#   severity: warning
#   parameters:
#     - dsql.token_duration
#   kinds:
#     dsql.token_duration: duration
#   margins:
#     - token_ceiling_seconds
#     - token_floor_seconds
#   remedy: >-
#     use the derived value of dsql.token_duration, or use a value from 15s to 15m
#   source: plugin repository, token_cache.go
package guardrails.access.token_duration_over_limit

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.token_duration"] > facts.margins.token_ceiling_seconds
	template := concat("", [
		"a token life of %s is above the plugin's maximum of %v s: the plugin uses %v s instead",
	])
	message := sprintf(template, [
		facts.given["dsql.token_duration"],
		facts.margins.token_ceiling_seconds,
		facts.margins.token_ceiling_seconds,
	])
}

messages contains message if {
	facts["dsql.token_duration"] < facts.margins.token_floor_seconds
	template := concat("", [
		"a token life of %s is below the plugin's minimum of %v s: the plugin uses %v s instead",
	])
	message := sprintf(template, [
		facts.given["dsql.token_duration"],
		facts.margins.token_floor_seconds,
		facts.margins.token_ceiling_seconds,
	])
}
