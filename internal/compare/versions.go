package compare

import (
	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/judge"
)

// A VersionDiff is a version that differs; one that nobody could tell is null.
type VersionDiff struct {
	Component  string  `json:"component"` // the profile's field
	OldVersion *string `json:"old_version" jsonschema:"nullable"`
	NewVersion *string `json:"new_version" jsonschema:"nullable"`
	Severity   string  `json:"severity"` // info where one of them is not known
}

func versions(a, b behaviour.Metadata) []VersionDiff {
	diffs := []VersionDiff{}
	for _, x := range []struct{ component, old, now string }{
		{"temporal_server_version", a.TemporalServerVersion, b.TemporalServerVersion},
		{"dsql_plugin_version", a.DSQLPluginVersion, b.DSQLPluginVersion},
		{"worker_code_sha", a.WorkerCodeSHA, b.WorkerCodeSHA},
		{"preset_name", a.PresetName, b.PresetName},
	} {
		if x.old == x.now {
			continue
		}
		d := VersionDiff{Component: x.component, OldVersion: known(x.old), NewVersion: known(x.now), Severity: judge.Warning}
		if d.OldVersion == nil || d.NewVersion == nil {
			d.Severity = judge.Info
		}
		diffs = append(diffs, d)
	}
	return diffs
}

func known(version string) *string {
	if version == "" {
		return nil
	}
	return &version
}
