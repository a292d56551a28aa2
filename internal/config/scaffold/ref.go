package scaffold

import (
	"runtime/debug"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// branch is what a workflow takes where there is no release to take.
const branch = "main"

// BinaryRef returns the tag of the release that this binary is, or the main branch
// for a development build: its commit may not be public, and its version is not a tag.
func BinaryRef() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return branch
	}
	return releaseTag(info.Main.Version)
}

func releaseTag(version string) string {
	if !semver.IsValid(version) || semver.Build(version) != "" || module.IsPseudoVersion(version) {
		return branch
	}
	return version
}
