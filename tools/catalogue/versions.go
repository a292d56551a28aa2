package main

import (
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// serverModule is where dynamic-config keys are registered.
const serverModule = "go.temporal.io/server"

// companionModules register keys of their own and are linked into the server
// binary by some versions; the version of each is the one that the server's own
// go.mod requires.
var companionModules = []string{"go.temporal.io/auto-scaled-workers"}

// serverVersions are the supported servers, oldest first. This is the only
// place that lists them; a test holds the cross-check's go.mod files to it.
var serverVersions = []string{"v1.29.1", "v1.30.4", "v1.31.2", "v1.32.1"}

// release names a supported server as users do: "1.32" for v1.32.1.
func release(version string) (string, error) {
	mm := semver.MajorMinor(version)
	if mm == "" {
		return "", fmt.Errorf("parse server version %q: not a semantic version", version)
	}
	return strings.TrimPrefix(mm, "v"), nil
}
