# METADATA
# title: A proposal of a change, built from the METADATA of its rule
package lib.proposal

# of a rule: its name, what is expected of it and what it risks come from METADATA
of(chain, change) := object.union(
	{
		"name": chain[0].path[count(chain[0].path) - 2],
		"title": about.title,
		"expected": trim_space(about.custom.expected),
		"risk": trim_space(about.custom.risk),
		"preset": "",
		"overrides": {},
	},
	change,
) if {
	about := [entry.annotations | some entry in chain; entry.annotations.scope == "package"][0]
}
