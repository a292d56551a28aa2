# METADATA
# title: How serious each difference between two behaviour profiles is
# description: >-
#   The input holds the settings and the versions that differ. A setting that can never change
#   on a cluster that holds data is critical, and another safety or topology parameter is a
#   warning. A version is a warning if both profiles know theirs.
package comparison

# METADATA
# title: The severity of each difference, in the order of the input
# entrypoint: true
verdict := {
	"settings": [setting_severity(setting) | some setting in input.settings],
	"versions": [version_severity(version) | some version in input.versions],
}

setting_severity(setting) := "critical" if {
	setting.needs == "immutable"
} else := "warning" if {
	setting.classification in {"safety", "topology"}
} else := "info"

version_severity(version) := "info" if {
	null in {version.old_version, version.new_version}
} else := "warning"
