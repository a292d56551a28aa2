# METADATA
# title: Proposals of a change
package lib.proposal

# consider returns a proposal that was considered, with what it would be for and what speaks against it
consider(chain, symptoms, objections) := {
	"name": chain[0].path[count(chain[0].path) - 2],
	"title": about.title,
	"metrics": sort({result.metric | some result in symptoms}),
	"against": sort(objections),
} if {
	count(symptoms) > 0
	count(objections) > 0
	about := [entry.annotations | some entry in chain; entry.annotations.scope == "package"][0]
}

# build returns a proposal. Name, title, expected effect and risk come from the METADATA of the rule
build(chain, change) := object.union(
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
