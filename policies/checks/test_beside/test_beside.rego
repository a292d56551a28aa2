# METADATA
# title: A policy without a test
# description: >-
#   A rule that reads a key which it does not declare, or compares the wrong way round, is
#   silent for ever, and a silent rule looks like a healthy cluster.
# custom:
#   severity: error
#   parameters: []
#   remedy: >-
#     write NAME_test.rego next to the rule: it fires, it holds just inside the bound, and it
#     reports a missing input
package checks.test_beside

import data.lib.inspection
import data.lib.rule

deny contains finding if some finding in rule.findings(rego.metadata.chain(), messages)

messages contains message if some message in inspection.problems

messages contains message if {
	some name, rail in inspection.rules
	tests := object.get(input.namespaces, concat("", [name, "_test"]), [])
	not inspection.includes_file(tests, inspection.expected_file(rail, "_test"))
	message := sprintf("%s has no %s", [name, inspection.expected_file(rail, "_test")])
}
