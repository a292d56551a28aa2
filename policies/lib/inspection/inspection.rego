# METADATA
# title: Policies as opa inspect -a -f json lists them
package lib.inspection

# folders of the rules about configurations and about observed clusters
folders := {"guardrails", "conformance", "health", "recommend", "proposals"}

# guardrails: the packages under guardrails, without tests, by name
guardrails[name] := found if {
	some name, found in rules
	found.path[0] == "guardrails"
}

# rules: the packages under the folders, without tests, by name, with their path and METADATA
rules[name] := found if {
	some name, files in input.namespaces
	path := split(trim_prefix(name, "data."), ".")
	path[0] in folders
	not endswith(name, "_test")
	found := {"path": path, "files": files, "about": about(name)}
}

# is_summary reports whether a package is that of a folder itself. Guard rails have none
is_summary(found) if {
	count(found.path) == 1
	found.path[0] != "guardrails"
}

# about: the METADATA of a package, or an empty object
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

problems contains "no package is under guardrails" if count(guardrails) == 0

# expected_file of a rule, or of its test, relative to the policies folder
expected_file(rule, suffix) := concat("/", array.concat(rule.path, [name])) if {
	name := sprintf("%s%s.rego", [rule.path[count(rule.path) - 1], suffix])
}

# includes_file reports whether one of the files is the expected one
includes_file(files, expected) if {
	some file in files
	endswith(concat("", ["/", file]), concat("", ["/", expected]))
}
