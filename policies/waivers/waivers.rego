# METADATA
# title: Findings that a deployment lives with
# description: >-
#   A waiver names a rule, a reason, an owner and its last day. Until then, what the rule says
#   of this deployment is waived: it is shown, and refuses nothing. The input holds the
#   findings of rules, the deployment's waivers, the names of the rules that were asked (all
#   of them, where complete is true), computed_names where a policy computes the name of a
#   finding so that the list cannot have it, and today's date.
package waivers

# findings as they came, in their order: those that a waiver names are waived
findings := [decided(finding) | some finding in input.findings]

decided(finding) := object.union(finding, {"severity": "waived", "waiver": waiver}) if {
	waiver := [waiver | some waiver in holding; waiver.rule == finding.rule_name][0]
} else := finding

# holding: the waivers that have not expired; the last day counts
holding := [waiver | some waiver in input.waivers; not expired(waiver)]

# (days are written YYYY-MM-DD, so that their order is that of their text)
expired(waiver) if waiver.expires < input.today

# found: the rules that said something
found := {finding.rule_name | some finding in input.findings}

# known: the rule was asked, or has just stated its name
known(name) if name in input.rules

known(name) if name in found

# possible: the name can be one that a policy computes
possible(name) if known(name)

possible(_) if {
	input.complete
	input.computed_names
}
