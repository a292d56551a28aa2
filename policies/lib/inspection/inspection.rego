# METADATA
# title: Policies as opa inspect -a -f json lists them
package lib.inspection

# folders of policies that judge: configurations, or what was observed of a cluster
folders := {"guardrails", "conformance", "drift", "recommend"}

# rails: the packages under guardrails that are no tests, by name
rails[name] := found if {
	some name, found in judging
	found.path[0] == "guardrails"
}

# judging: the packages under the folders that are no tests, by name: where they stand
# and what they say of themselves
judging[name] := found if {
	some name, files in input.namespaces
	path := split(trim_prefix(name, "data."), ".")
	path[0] in folders
	not endswith(name, "_test")
	found := {"path": path, "files": files, "about": about(name)}
}

# (the package of a folder itself, which sums up; guard rails have none)
summing(found) if {
	count(found.path) == 1
	found.path[0] != "guardrails"
}

# about is what the METADATA of a package says; nothing where there is none
about(name) := object.union_n([entry.annotations |
	some entry in input.annotations
	entry.annotations.scope == "package"
	concat(".", [step.value | some step in entry.path]) == name
])

# problems: why there is nothing to check
problems contains "the input is not what opa inspect -a -f json prints" if {
	some key in ["namespaces", "annotations"]
	object.get(input, key, null) == null
}

problems contains "no package stands under guardrails" if count(rails) == 0

# file of a rail, or of the test beside it, from the policies' folder on
file(rail, suffix) := concat("/", array.concat(rail.path, [sprintf("%s%s.rego", [rail.path[count(rail.path) - 1], suffix])]))

# stands tells whether one of the files is the one looked for
stands(files, looked_for) if {
	some written in files
	endswith(concat("", ["/", written]), concat("", ["/", looked_for]))
}
