# METADATA
# title: A connection that the cluster refuses
# description: >-
#   DSQL accepts encrypted connections only, and knows no password but a token signed by an
#   IAM role.
# custom:
#   severity: error
#   parameters:
#     - server.sql_tls_enabled
#     - server.sql_iam_auth
#   kinds:
#     server.sql_tls_enabled: bool
#     server.sql_iam_auth: bool
#   remediation: >-
#     leave server.sql_tls_enabled and server.sql_iam_auth on
#   source: Aurora DSQL user guide, authentication token chapter
package guardrails.access.connection_unencrypted_or_unsigned

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	some switch in ["server.sql_tls_enabled", "server.sql_iam_auth"]
	facts[switch] == false
	message := sprintf("%s is off", [switch])
}
