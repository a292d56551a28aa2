package snapshot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// versions tells what runs: as it is stated, else as the cluster says, else as
// its configuration gives away.
func (a *assembly) versions(stated Versions) {
	v := &a.taken.Versions
	*v = stated
	v.TemporalServer = cmp.Or(v.TemporalServer, a.server)
	if a.compiled != nil {
		v.Preset = cmp.Or(v.Preset, a.compiled.Profile.PresetName)
	}
	if v.TemporalServer == "" {
		if a.compiled != nil {
			v.TemporalServer = a.compiled.Profile.TemporalServerVersion
			a.unknown["temporal_server_version: no frontend was asked, and it is the one that the config profile was compiled for"] = true
		} else {
			a.unknown["temporal_server_version: no frontend was asked, and nobody states it"] = true
		}
	}
	if v.DSQLPlugin == "" {
		v.DSQLPlugin = a.generation()
	}
	if v.WorkerCodeSHA == "" {
		v.WorkerCodeSHA = a.commit()
	}
	if v.Preset == "" {
		a.unknown["preset_name: there is no config profile, and nobody states it"] = true
	}
}

// generation is the one of the plugin that reads every variable that only some
// generations read.
func (a *assembly) generation() string {
	var left map[string]bool
	for _, s := range a.variables() {
		reader, ok := a.surveyed.Readers[s.Key]
		if !ok {
			continue
		}
		these := map[string]bool{}
		for _, g := range reader.Generations {
			if left == nil || left[g] {
				these[g] = true
			}
		}
		left = these
	}
	if len(left) == 1 {
		return slices.Collect(maps.Keys(left))[0]
	}
	if a.compiled != nil {
		return a.compiled.Profile.DSQLPluginVersion
	}
	switch {
	case left == nil:
		a.unknown["dsql_plugin_version: no source has a variable of it, and nobody states it"] = true
	case len(left) == 0:
		a.unknown["dsql_plugin_version: no generation reads all the variables that are set, and nobody states it"] = true
	default:
		a.unknown["dsql_plugin_version: every variable that is set is read by several generations, and nobody states it"] = true
	}
	return ""
}

// commit is what the workers were built from: of all that say so, those that are
// no Temporal server's.
func (a *assembly) commit() string {
	servers := map[string]bool{}
	for _, s := range a.variables() {
		if _, ok := a.surveyed.Readers[s.Key]; ok {
			servers[s.Service] = true
		}
	}
	said, workers := map[string]bool{}, map[string]bool{}
	for _, s := range a.variables() {
		text, ok := s.Value.(string)
		if !ok || text == "" || !slices.Contains(a.surveyed.Commit, s.Key) {
			continue
		}
		said[text] = true
		if !servers[s.Service] {
			workers[text] = true
		}
	}
	if len(workers) == 0 {
		workers = said
	}
	switch len(workers) {
	case 0:
		a.unknown["worker_code_sha: no source has "+strings.Join(a.surveyed.Commit, ", ")+", and nobody states it"] = true
	case 1:
		return slices.Collect(maps.Keys(workers))[0]
	default:
		a.unknown["worker_code_sha: workers differ: "+strings.Join(slices.Sorted(maps.Keys(workers)), ", ")] = true
	}
	return ""
}

func (a *assembly) variables() []deployed.Setting {
	var all []deployed.Setting
	for _, p := range a.parts {
		for _, s := range p.settings {
			if s.Kind == deployed.Variable {
				all = append(all, s)
			}
		}
	}
	return all
}

// minor is MAJOR.MINOR of a version.
func minor(version string) string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}
