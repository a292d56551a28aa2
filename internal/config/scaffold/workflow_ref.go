package scaffold

import (
	"runtime/debug"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// defaultBranch is the ref of a workflow if the binary is not a release.
const defaultBranch = "main"

// BinaryRef returns the tag of the release that this binary is, or the main branch
// for a development build: its commit may not be public, and its version is not a tag.
func BinaryRef() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return defaultBranch
	}
	return releaseTag(info.Main.Version)
}

func releaseTag(version string) string {
	if !semver.IsValid(version) || semver.Build(version) != "" || module.IsPseudoVersion(version) {
		return defaultBranch
	}
	return version
}
