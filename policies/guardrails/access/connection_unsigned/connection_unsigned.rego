# METADATA
# title: A connection without a token
# description: >-
#   DSQL knows no password but a token signed by an IAM role.
# custom:
#   severity: error
#   parameters:
#     - server.sql_iam_auth
#   kinds:
#     server.sql_iam_auth: bool
#   remediation: >-
#     leave server.sql_iam_auth on
#   source: Aurora DSQL user guide, authentication token chapter
package guardrails.access.connection_unsigned

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains "server.sql_iam_auth is off" if facts["server.sql_iam_auth"] == false
