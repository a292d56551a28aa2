# METADATA
# title: Connection leases without their table
# description: >-
#   Leases are kept in a DynamoDB table. Without its name, the plugin logs an error and continues
#   without leases, so nothing keeps the instances within the cluster's connection limit.
# custom:
#   severity: warning
#   parameters:
#     - dsql.slot_block_enabled
#     - dsql.conn_lease_table
#   kinds:
#     dsql.slot_block_enabled: bool
#     dsql.conn_lease_table: string
#   remedy: >-
#     name the table in dsql.conn_lease_table, or switch the leases off
#   source: plugin repository, plugin.go
package guardrails.leases.conn_lease_table_missing

import data.lib.rule

warn contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

facts := rule.facts(rego.metadata.chain())

messages contains message if {
	facts["dsql.slot_block_enabled"]
	trim_space(facts["dsql.conn_lease_table"]) == ""
	message := "dsql.slot_block_enabled is on and dsql.conn_lease_table is empty: the plugin goes on without leases"
}
