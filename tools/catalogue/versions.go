package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// serverModule is where dynamic-config keys are registered.
const serverModule = "go.temporal.io/server"

// companionModules register their own keys, and some versions link them into the server
// binary; the version of each is the one that the server's own
// go.mod requires.
var companionModules = []string{"go.temporal.io/auto-scaled-workers"}

// catalogueServer is a server version that the catalogue has read.
type catalogueServer struct {
	Version string `json:"version"`
	// StandIns are the companion versions that are read instead of the required
	// ones, which the module proxy did not serve, by module path.
	StandIns map[string]string `json:"stand_ins,omitempty"`
}

// versionsFile is the only list of servers; -update writes it.
const versionsFile = "versions.json"

//go:embed versions.json
var versionsText []byte

// parseVersions reads the list of servers and checks that it is in order.
func parseVersions(data []byte) ([]catalogueServer, error) {
	var list []catalogueServer
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("read %s: %w", versionsFile, err)
	}
	for i, c := range list {
		if semver.Canonical(c.Version) != c.Version || semver.Prerelease(c.Version) != "" {
			return nil, fmt.Errorf("read %s: %q is not a released version", versionsFile, c.Version)
		}
		if i > 0 && semver.Compare(list[i-1].Version, c.Version) >= 0 {
			return nil, fmt.Errorf("read %s: %s is listed after %s", versionsFile, c.Version, list[i-1].Version)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("read %s: it lists no server", versionsFile)
	}
	return list, nil
}

// lineOf names the release line of a server as users do: "1.32" for v1.32.1.
func lineOf(version string) string { return strings.TrimPrefix(semver.MajorMinor(version), "v") }

// numbers splits a version into major, minor and patch.
func numbers(version string) (major, minor, patch int, err error) {
	if _, err := fmt.Sscanf(version, "v%d.%d.%d", &major, &minor, &patch); err != nil {
		return 0, 0, 0, fmt.Errorf("parse server version %q: %w", version, err)
	}
	return major, minor, patch, nil
}

// supportedVersions returns the listed servers and, of the released versions,
// those of the listed lines and of newer ones, in order.
func supportedVersions(listed []catalogueServer, released []string) []string {
	oldest := semver.MajorMinor(listed[0].Version)
	var versions []string
	for _, c := range listed {
		versions = append(versions, c.Version)
	}
	for _, v := range released {
		if semver.IsValid(v) && semver.Prerelease(v) == "" && semver.Build(v) == "" && semver.Compare(semver.MajorMinor(v), oldest) >= 0 {
			versions = append(versions, v)
		}
	}
	slices.SortFunc(versions, semver.Compare)
	return slices.Compact(versions)
}
