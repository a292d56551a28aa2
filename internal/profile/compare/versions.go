package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// A VersionDiff is a version that differs; one that nobody could tell is null.
type VersionDiff struct {
	Component  string  `json:"component"` // the profile's field
	OldVersion *string `json:"old_version" jsonschema:"nullable"`
	NewVersion *string `json:"new_version" jsonschema:"nullable"`
	Severity   string  `json:"severity"` // info where one of them is not known
}

// components of a profile that have versions.
var components = []string{"temporal_server_version", "dsql_plugin_version", "worker_code_sha", "preset_name"}

func versionsOf(m behaviour.Metadata) []string {
	return []string{m.TemporalServerVersion, m.DSQLPluginVersion, m.WorkerCodeSHA, m.PresetName}
}

func versions(a, b behaviour.Metadata) []VersionDiff {
	diffs := []VersionDiff{}
	old, now := versionsOf(a), versionsOf(b)
	for i, component := range components {
		if old[i] == now[i] {
			continue
		}
		d := VersionDiff{Component: component, OldVersion: known(old[i]), NewVersion: known(now[i]), Severity: judge.Warning}
		if d.OldVersion == nil || d.NewVersion == nil {
			d.Severity = judge.Info
		}
		diffs = append(diffs, d)
	}
	return diffs
}

// mixed tells of versions that nobody could name, since several ran in one window.
func mixed(p behaviour.Profile) (notes []string) {
	for _, u := range p.Config.Unknown {
		component, _, _ := strings.Cut(u, ":")
		if slices.Contains(components, component) {
			notes = append(notes, fmt.Sprintf("profile %s: %s", p.ID, u))
		}
	}
	return notes
}

func known(version string) *string {
	if version == "" {
		return nil
	}
	return &version
}
