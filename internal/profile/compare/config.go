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
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// A ConfigDiff is a setting that differs.
type ConfigDiff struct {
	Key     string `json:"key"`
	Section string `json:"section"` // of the snapshot
	// the parameter of the registry that it sets; "" where there is none
	Parameter string `json:"parameter,omitempty"`
	Service   string `json:"service,omitempty"` // "" for every service
	// slo, topology, safety or tuning; unclassified where no parameter reads it
	Classification string `json:"classification"`
	Change         string `json:"change"` // changed, added or removed
	// null on the side that does not have it. A secret is a digest, which is the
	// same for the same secret
	OldValue any    `json:"old_value"`
	NewValue any    `json:"new_value"`
	Redacted bool   `json:"redacted"`
	Unit     string `json:"unit,omitempty"`
	// reload, restart or immutable; "" where it is not known
	Needs string `json:"needs"`
	// critical: it cannot change on a cluster that holds data; warning: safety or topology
	Severity string `json:"severity"`
}

// Changes of a setting.
const (
	Changed = "changed"
	Added   = "added"
	Removed = "removed"
)

// Classifications that count here.
const (
	topology     = "topology"
	safety       = "safety"
	tuning       = "tuning"
	unclassified = "unclassified"
)

var classes = []string{safety, topology, "slo", tuning, unclassified}

// Sections of a snapshot.
const (
	parameters    = "parameters"
	dynamicConfig = "dynamic_config"
	environment   = "server_environment"
	workerOptions = "worker_options"
	pluginConfig  = "plugin_config"
)

// A settingIndex finds the parameter of a setting by each of its names.
type settingIndex struct {
	byKey  map[string]registry.Parameter
	byName map[string]map[string]string // section, lower-case name: key
}

func newSettingIndex(all []registry.Parameter) settingIndex {
	r := settingIndex{byKey: map[string]registry.Parameter{}, byName: map[string]map[string]string{dynamicConfig: {}, environment: {}, workerOptions: {}, pluginConfig: {}}}
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

// parameter behind a setting, "" where there is none.
func (r settingIndex) parameter(section, name string) string {
	if _, found := r.byKey[name]; found {
		return name
	}
	return r.byName[section][strings.ToLower(name)]
}

// A place of a setting.
type place struct{ section, key, service string }

// config tells which settings differ, and which parts were not compared. What a
// parameter tells already is not told again by the variable or key that sets it.
func (r settingIndex) config(a, b behaviour.Snapshot) (diffs []ConfigDiff, missing []string) {
	diffs = []ConfigDiff{}
	if reflect.DeepEqual(a, b) {
		return diffs, nil // what no source tells is the same, too
	}
	old, now := flatten(a), flatten(b)
	if len(a.Parameters) == 0 || len(b.Parameters) == 0 {
		resolved(a, b, old, now)
	}
	silent := map[string]bool{}
	for _, section := range []string{parameters, dynamicConfig, environment, workerOptions, pluginConfig} {
		for _, side := range []struct {
			name string
			s    behaviour.Snapshot
			flat map[place]any
		}{{"A", a, old}, {"B", b, now}} {
			if tells(side.flat, section) || len(side.flat) > 0 && !untold(side.s, section) {
				continue
			}
			silent[section] = true
			if tells(old, section) || tells(now, section) {
				missing = append(missing, fmt.Sprintf("%s: not compared, since no source of profile %s tells it", section, side.name))
			}
		}
	}
	told := map[string]bool{}
	for _, section := range [][]string{{parameters}, {dynamicConfig, environment, workerOptions, pluginConfig}} {
		for _, at := range places(old, now) {
			if !slices.Contains(section, at.section) || silent[at.section] {
				continue
			}
			before, had := old[at]
			after, has := now[at]
			if had && has && same(before, after) {
				continue
			}
			parameter := r.parameter(at.section, at.key)
			if at.section == parameters {
				told[at.key] = true
			} else if told[parameter] {
				continue
			}
			diffs = append(diffs, r.diff(at, parameter, before, after, had, has))
		}
	}
	slices.SortStableFunc(diffs, func(x, y ConfigDiff) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity)),
			cmp.Compare(slices.Index(classes, x.Classification), slices.Index(classes, y.Classification)),
			cmp.Compare(x.Key, y.Key), cmp.Compare(x.Section, y.Section), cmp.Compare(x.Service, y.Service),
		)
	})
	return diffs, missing
}

func (r settingIndex) diff(at place, parameter string, before, after any, had, has bool) ConfigDiff {
	d := ConfigDiff{Key: at.key, Section: at.section, Parameter: parameter, Service: at.service, Change: Changed, OldValue: before, NewValue: after, Severity: judge.Info}
	switch {
	case !had:
		d.Change = Added
	case !has:
		d.Change = Removed
	}
	d.Redacted = stands(before) || stands(after)
	p, found := r.byKey[parameter]
	switch {
	case found:
		d.Classification, d.Unit, d.Needs = p.Classification, p.Unit, p.Change
	case at.section == dynamicConfig || at.section == parameters:
		// a key that the registry does not curate
		d.Classification = tuning
	default:
		d.Classification = unclassified
	}
	switch {
	case d.Needs == "immutable":
		d.Severity = judge.Critical
	case d.Classification == safety || d.Classification == topology:
		d.Severity = judge.Warning
	}
	return d
}

// resolved adds the parameters of the config profiles that both snapshots kept.
func resolved(a, b behaviour.Snapshot, old, now map[place]any) {
	var x, y artefact.Profile
	if json.Unmarshal(a.Profile, &x) != nil || json.Unmarshal(b.Profile, &y) != nil {
		return // one of them was not kept
	}
	for _, side := range []struct {
		profile artefact.Profile
		flat    map[place]any
		known   map[string]map[string]any
	}{{x, old, a.Parameters}, {y, now, b.Parameters}} {
		for _, p := range side.profile.Params() {
			if side.known[p.Key] == nil {
				side.flat[place{parameters, p.Key, ""}] = p.Value
			}
		}
	}
}

// flatten a snapshot to its settings.
func flatten(s behaviour.Snapshot) map[place]any {
	all := map[place]any{}
	for key, by := range s.Parameters {
		for service, v := range by {
			all[place{parameters, key, service}] = v
		}
	}
	for key, v := range s.DynamicConfig {
		all[place{dynamicConfig, key, ""}] = plain(v)
	}
	for service, variables := range s.Environment {
		for name, v := range variables {
			all[place{environment, name, service}] = v
		}
	}
	for name, v := range s.WorkerOptions {
		all[place{workerOptions, name, ""}] = v
	}
	for section, v := range s.PluginConfig {
		fields, nested := v.(map[string]any)
		if !nested {
			all[place{pluginConfig, section, ""}] = v
			continue
		}
		for name, v := range fields {
			if !strings.Contains(name, ".") {
				name = section + "." + name
			}
			all[place{pluginConfig, name, ""}] = v
		}
	}
	return all
}

// plain is the value of a key that has one without constraints, else all of them.
func plain(v any) any {
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

func places(a, b map[place]any) []place {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(all, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.section, y.section), cmp.Compare(x.key, y.key), cmp.Compare(x.service, y.service))
	})
	return slices.Compact(all)
}

func tells(flat map[place]any, section string) bool {
	for at := range flat {
		if at.section == section {
			return true
		}
	}
	return false
}

// untold reports whether a snapshot says that no source has a section.
func untold(s behaviour.Snapshot, section string) bool {
	return slices.ContainsFunc(s.Unknown, func(u string) bool { return strings.HasPrefix(u, section+":") })
}

// same compares values as JSON has them: 4096 is 4096.0.
func same(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

// stands reports whether a digest stands for the value, or for a part of it.
func stands(v any) bool {
	switch v := v.(type) {
	case string:
		return redact.Digested(v)
	case []any:
		return slices.ContainsFunc(v, stands)
	case map[string]any:
		for _, x := range v {
			if stands(x) {
				return true
			}
		}
	}
	return false
}
