# METADATA
# title: A connection without TLS
# description: >-
#   DSQL accepts encrypted connections only.
# custom:
#   severity: error
#   parameters:
#     - server.sql_tls_enabled
#   kinds:
#     server.sql_tls_enabled: bool
#   remedy: >-
#     leave server.sql_tls_enabled on
#   source: Aurora DSQL user guide, authentication token chapter
package guardrails.access.connection_unencrypted

import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains "server.sql_tls_enabled is off" if facts["server.sql_tls_enabled"] == false
