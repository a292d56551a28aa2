# METADATA
# title: Guard rails as opa inspect -a -f json lists them
package lib.inspection

# rails: the packages under guardrails that are no tests, by name: where they stand and what they say of themselves
rails[name] := rail if {
	some name, files in input.namespaces
	startswith(name, "data.guardrails.")
	not endswith(name, "_test")
	rail := {"path": split(trim_prefix(name, "data."), "."), "files": files, "about": about(name)}
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
