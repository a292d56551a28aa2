package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// ConfigDiff is a setting that differs.
type ConfigDiff struct {
	Key     string `json:"key"`
	Section string `json:"section"` // of the snapshot
	// registry parameter that the setting sets; "" if none
	Parameter string `json:"parameter,omitempty"`
	Service   string `json:"service,omitempty"` // "" for every service
	// slo, topology, safety or tuning; unclassified if no parameter covers the setting
	Classification string `json:"classification"`
	Change         string `json:"change"` // changed, added or removed
	// null on the side without it; a secret is shown as a digest, equal for equal secrets
	OldValue any    `json:"old_value"`
	NewValue any    `json:"new_value"`
	Redacted bool   `json:"redacted"`
	Unit     string `json:"unit,omitempty"`
	// reload, restart or immutable; "" if unknown
	Needs    string `json:"needs"`
	Severity string `json:"severity"` // info, warning or critical
}

// Changes of a setting.
const (
	Changed = "changed"
	Added   = "added"
	Removed = "removed"
)

// Classifications used here.
const (
	topology     = "topology"
	safety       = "safety"
	tuning       = "tuning"
	unclassified = "unclassified"
)

var classOrder = []string{safety, topology, "slo", tuning, unclassified}

// Sections of a snapshot.
const (
	parameters    = "parameters"
	dynamicConfig = "dynamic_config"
	environment   = "server_environment"
	workerOptions = "worker_options"
	pluginConfig  = "plugin_config"
)

// settingIndex finds the parameter of a setting by any of its names.
type settingIndex struct {
	byKey  map[string]registry.Parameter
	byName map[string]map[string]string // section, lower-case name: key
}

func newSettingIndex(all []registry.Parameter) settingIndex {
	r := settingIndex{
		byKey:  map[string]registry.Parameter{},
		byName: map[string]map[string]string{dynamicConfig: {}, environment: {}, workerOptions: {}, pluginConfig: {}},
	}
	for _, p := range all {
		r.byKey[p.Key] = p
		if p.DynamicConfig != "" {
			r.byName[dynamicConfig][strings.ToLower(p.DynamicConfig)] = p.Key
		}
		for _, v := range p.Env {
			r.byName[environment][strings.ToLower(v.Name)] = p.Key
		}
		for _, name := range p.SDK {
			r.byName[workerOptions][strings.ToLower(name)] = p.Key
		}
	}
	return r
}

// parameterKey returns the key of the parameter behind a setting, or "".
func (r settingIndex) parameterKey(section, name string) string {
	if _, found := r.byKey[name]; found {
		return name
	}
	return r.byName[section][strings.ToLower(name)]
}

// settingPlace locates a setting in a snapshot.
type settingPlace struct{ section, key, service string }

// diffConfig returns the settings that differ, and notes on sections it could not compare. It skips variables and
// keys whose parameter differs already.
func (r settingIndex) diffConfig(a, b behaviour.Snapshot) (diffs []ConfigDiff, missing []string) {
	diffs = []ConfigDiff{}
	if reflect.DeepEqual(a, b) {
		return diffs, nil // parts that no source provides are equal too
	}
	old, now := flattenSnapshot(a), flattenSnapshot(b)
	if len(a.Parameters) == 0 || len(b.Parameters) == 0 {
		addResolvedParameters(a, b, old, now)
	}
	silent := map[string]bool{}
	for _, section := range []string{parameters, dynamicConfig, environment, workerOptions, pluginConfig} {
		for _, side := range []struct {
			name string
			s    behaviour.Snapshot
			flat map[settingPlace]any
		}{{"A", a, old}, {"B", b, now}} {
			if hasSection(side.flat, section) || len(side.flat) > 0 && !isSectionUnknown(side.s, section) {
				continue
			}
			silent[section] = true
			if hasSection(old, section) || hasSection(now, section) {
				missing = append(missing, fmt.Sprintf("%s: not compared, because no source of profile %s provides it", section, side.name))
			}
		}
	}
	told := map[string]bool{}
	for _, section := range [][]string{{parameters}, {dynamicConfig, environment, workerOptions, pluginConfig}} {
		for _, at := range sortedPlaces(old, now) {
			if !slices.Contains(section, at.section) || silent[at.section] {
				continue
			}
			before, had := old[at]
			after, has := now[at]
			if had && has && registry.EqualJSON(before, after) {
				continue
			}
			parameter := r.parameterKey(at.section, at.key)
			if at.section == parameters {
				told[at.key] = true
			} else if told[parameter] {
				continue
			}
			diffs = append(diffs, r.configDiff(at, parameter, before, after, had, has))
		}
	}
	return diffs, missing
}

func (r settingIndex) configDiff(at settingPlace, parameter string, before, after any, had, has bool) ConfigDiff {
	d := ConfigDiff{
		Key:       at.key,
		Section:   at.section,
		Parameter: parameter,
		Service:   at.service,
		Change:    Changed,
		OldValue:  before,
		NewValue:  after,
	}
	switch {
	case !had:
		d.Change = Added
	case !has:
		d.Change = Removed
	}
	d.Redacted = hasDigest(before) || hasDigest(after)
	p, found := r.byKey[parameter]
	switch {
	case found:
		d.Classification, d.Unit, d.Needs = p.Classification, p.Unit, p.Change
	case at.section == dynamicConfig || at.section == parameters:
		// a key outside the registry
		d.Classification = tuning
	default:
		d.Classification = unclassified
	}
	return d
}

// addResolvedParameters adds the parameters of the config profiles if both snapshots have one.
func addResolvedParameters(a, b behaviour.Snapshot, old, now map[settingPlace]any) {
	var x, y artefact.Profile
	if json.Unmarshal(a.Profile, &x) != nil || json.Unmarshal(b.Profile, &y) != nil {
		return // one snapshot has none
	}
	for _, side := range []struct {
		profile artefact.Profile
		flat    map[settingPlace]any
		known   map[string]map[string]any
	}{{x, old, a.Parameters}, {y, now, b.Parameters}} {
		for _, p := range side.profile.Params() {
			if side.known[p.Key] == nil {
				side.flat[settingPlace{parameters, p.Key, ""}] = p.Value
			}
		}
	}
}

// flattenSnapshot maps every setting of a snapshot to its value.
func flattenSnapshot(s behaviour.Snapshot) map[settingPlace]any {
	all := map[settingPlace]any{}
	for key, by := range s.Parameters {
		for service, v := range by {
			all[settingPlace{parameters, key, service}] = v
		}
	}
	for key, v := range s.DynamicConfig {
		all[settingPlace{dynamicConfig, key, ""}] = unwrapValue(v)
	}
	for service, variables := range s.Environment {
		for name, v := range variables {
			all[settingPlace{environment, name, service}] = v
		}
	}
	for name, v := range s.WorkerOptions {
		all[settingPlace{workerOptions, name, ""}] = v
	}
	for section, v := range s.PluginConfig {
		fields, nested := v.(map[string]any)
		if !nested {
			all[settingPlace{pluginConfig, section, ""}] = v
			continue
		}
		for name, v := range fields {
			if !strings.Contains(name, ".") {
				name = section + "." + name
			}
			all[settingPlace{pluginConfig, name, ""}] = v
		}
	}
	return all
}

// unwrapValue returns the value of a key with a single unconstrained entry, or all entries.
func unwrapValue(v any) any {
	entries, ok := v.([]any)
	if !ok || len(entries) != 1 {
		return v
	}
	entry, ok := entries[0].(map[string]any)
	if value, has := entry["value"]; ok && has && len(entry) == 1 {
		return value
	}
	return v
}

func sortedPlaces(a, b map[settingPlace]any) []settingPlace {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(all, func(x, y settingPlace) int {
		return cmp.Or(cmp.Compare(x.section, y.section), cmp.Compare(x.key, y.key), cmp.Compare(x.service, y.service))
	})
	return slices.Compact(all)
}

func hasSection(flat map[settingPlace]any, section string) bool {
	for at := range flat {
		if at.section == section {
			return true
		}
	}
	return false
}

// isSectionUnknown reports whether no source of a snapshot provided a section.
func isSectionUnknown(s behaviour.Snapshot, section string) bool {
	return slices.ContainsFunc(s.Unknown, func(u string) bool { return strings.HasPrefix(u, section+":") })
}

// hasDigest reports whether a value contains a digest of a secret.
func hasDigest(v any) bool {
	switch v := v.(type) {
	case string:
		return redact.IsDigest(v)
	case []any:
		return slices.ContainsFunc(v, hasDigest)
	case map[string]any:
		for _, x := range v {
			if hasDigest(x) {
				return true
			}
		}
	}
	return false
}
