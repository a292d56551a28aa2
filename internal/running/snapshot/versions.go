package snapshot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// fillVersions fills in the versions: as stated, else as the cluster reports, else as its configuration implies.
func (a *assembly) fillVersions(stated Versions) {
	v := &a.taken.Versions
	*v = stated
	v.TemporalServer = cmp.Or(v.TemporalServer, a.server)
	if a.compiled != nil {
		v.Preset = cmp.Or(v.Preset, a.compiled.Profile.PresetName)
	}
	if v.TemporalServer == "" {
		if a.compiled != nil {
			v.TemporalServer = a.compiled.Profile.TemporalServerVersion
			a.unknown["temporal_server_version: taken from the config profile, because no frontend was asked"] = true
		} else {
			a.unknown["temporal_server_version: not stated, and no frontend was asked"] = true
		}
	}
	if v.DSQLPlugin == "" {
		v.DSQLPlugin = a.impliedGeneration()
	}
	if v.WorkerCodeSHA == "" {
		v.WorkerCodeSHA = a.workerCommit()
	}
	if v.Preset == "" {
		a.unknown["preset_name: not stated, and no config profile is known"] = true
	}
}

// impliedGeneration returns the only plugin generation that reads all set variables that not every generation reads.
func (a *assembly) impliedGeneration() string {
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
		a.unknown["dsql_plugin_version: not stated, and no source has a variable of the plugin"] = true
	case len(left) == 0:
		a.unknown["dsql_plugin_version: not stated, and no generation reads all the variables that are set"] = true
	default:
		a.unknown["dsql_plugin_version: not stated, and several generations read every variable that is set"] = true
	}
	return ""
}

// workerCommit returns the commit of the workers, preferring sources that are not Temporal servers.
func (a *assembly) workerCommit() string {
	servers := map[string]bool{}
	for _, s := range a.variables() {
		if _, ok := a.surveyed.Readers[s.Key]; ok {
			servers[s.Service] = true
		}
	}
	all, workers := map[string]bool{}, map[string]bool{}
	for _, s := range a.variables() {
		text, ok := s.Value.(string)
		if !ok || text == "" || !slices.Contains(a.surveyed.Commit, s.Key) {
			continue
		}
		all[text] = true
		if !servers[s.Service] {
			workers[text] = true
		}
	}
	if len(workers) == 0 {
		workers = all
	}
	switch len(workers) {
	case 0:
		a.unknown["worker_code_sha: not stated, and no source has "+strings.Join(a.surveyed.Commit, ", ")+""] = true
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
