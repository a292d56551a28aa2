# METADATA
# title: Findings that a deployment accepts
# description: >-
#   A waiver names a rule, a reason, an owner and its last day. Until then, the findings of the
#   rule are waived: shown, but they refuse nothing. The input holds the findings of rules, the
#   waivers of the deployment, the names of the rules that were evaluated (complete is true for
#   all of them), the misspelt names that are nearly that of a rule, computed_names if a policy
#   computes the name of a finding so that the list cannot have it, and today's date.
package waivers

# findings in the order of the input; those that a waiver covers are waived
findings := [apply_waivers(finding) | some finding in input.findings]

apply_waivers(finding) := object.union(finding, {"severity": "waived", "waiver": waiver}) if {
	waiver := [waiver | some waiver in active_waivers; waiver.rule == finding.rule_name][0]
} else := finding

# active_waivers have not expired; the last day counts
active_waivers := [waiver | some waiver in input.waivers; not is_expired(waiver)]

# is_expired compares days as text: they are written YYYY-MM-DD
is_expired(waiver) if waiver.expires < input.today

# reported_rules: the rules that have a finding
reported_rules contains finding.rule_name if some finding in input.findings

# is_known reports whether a rule was evaluated, or its name is that of a finding
is_known(name) if name in input.rules

is_known(name) if name in reported_rules

# may_exist reports whether a rule is known, or a policy may compute its name
may_exist(name) if is_known(name)

may_exist(_) if {
	input.complete
	input.computed_names
}
