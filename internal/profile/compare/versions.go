package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// VersionDiff is a version that differs; null means unknown.
type VersionDiff struct {
	Component  string  `json:"component"` // the profile's field
	OldVersion *string `json:"old_version" jsonschema:"nullable"`
	NewVersion *string `json:"new_version" jsonschema:"nullable"`
	Severity   string  `json:"severity"` // info or warning
}

// versionComponents are the profile fields that hold versions.
var versionComponents = []string{"temporal_server_version", "dsql_plugin_version", "worker_code_sha", "preset_name"}

func versionsOf(m behaviour.Metadata) []string {
	return []string{m.TemporalServerVersion, m.DSQLPluginVersion, m.WorkerCodeSHA, m.PresetName}
}

func diffVersions(a, b behaviour.Metadata) []VersionDiff {
	diffs := []VersionDiff{}
	old, now := versionsOf(a), versionsOf(b)
	for i, component := range versionComponents {
		if old[i] == now[i] {
			continue
		}
		diffs = append(diffs, VersionDiff{Component: component, OldVersion: orNil(old[i]), NewVersion: orNil(now[i])})
	}
	return diffs
}

// mixedVersionNotes reports versions that are unknown because several ran in one window.
func mixedVersionNotes(p behaviour.Profile) (notes []string) {
	for _, u := range p.Config.Unknown {
		component, _, _ := strings.Cut(u, ":")
		if slices.Contains(versionComponents, component) {
			notes = append(notes, fmt.Sprintf("profile %s: %s", p.ID, u))
		}
	}
	return notes
}

func orNil(version string) *string {
	if version == "" {
		return nil
	}
	return &version
}
