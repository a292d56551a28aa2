package snapshot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
)

// assembly combines the sources into one snapshot.
type assembly struct {
	*collection
	surveyed *settings.SettingReaders
	taken    Snapshot
	unknown  map[string]bool
	// latest value by parameter and service
	parameters map[string]map[string]any
}

// assembleParts combines the parts; later ones override earlier ones.
func (r *collection) assembleParts(ctx context.Context, stated StatedFacts) (*Snapshot, error) {
	surveyed, err := settings.ReadSettingReaders(r.engine.Module)
	if err != nil {
		return nil, err
	}
	a := &assembly{collection: r, surveyed: surveyed, unknown: map[string]bool{}, parameters: map[string]map[string]any{}}
	a.taken.Config = behaviour.Snapshot{
		DynamicConfig: map[string]any{}, Environment: map[string]map[string]string{},
		WorkerOptions: map[string]any{}, PluginConfig: map[string]any{}, Sources: append([]string{}, r.sources...),
	}
	for _, remark := range r.remarks {
		a.unknown[remark] = true
	}
	a.fillVersions(stated.Versions)
	if err := a.observeSettings(ctx); err != nil {
		return nil, err
	}
	a.describeParts(stated)
	return a.redactAll()
}

// observeSettings evaluates the settings of all parts. It uses one call, because each evaluation costs about 5 MB.
func (a *assembly) observeSettings(ctx context.Context) error {
	assumed, err := a.engine.Defaults()
	if err != nil {
		return err
	}
	known, err := a.engine.Versions()
	if err != nil {
		return err
	}
	server, plugin := a.taken.Versions.TemporalServer, a.taken.Versions.DSQLPlugin
	if _, ok := known.Release(server); !ok {
		server = assumed.Temporal
	}
	if !slices.Contains(known.PluginGenerations, plugin) {
		plugin = assumed.Plugin
	}
	var read []deployed.Setting
	for _, p := range a.parts {
		read = append(read, p.settings...)
	}
	found, err := settings.Observe(ctx, a.engine.Module, lint.ConvertSettings(read), server, plugin)
	if err != nil {
		return err
	}
	a.taken.Settings = len(read)
	first, observed := 0, found.Observed
	isRead := map[int]bool{}
	for _, o := range observed {
		isRead[o.Setting] = true
	}
	for _, p := range a.parts {
		next := first + len(p.settings)
		a.addDynamicConfig(p, found.Keys[first:next])
		for i, s := range p.settings {
			a.addVariable(p, s, isRead[first+i])
		}
		for ; len(observed) > 0 && observed[0].Setting < next; observed = observed[1:] {
			o := observed[0]
			s := read[o.Setting]
			service := s.Service
			if s.Kind != deployed.Variable {
				service = "" // belongs to the cluster, or to the service in the parameter's name
			}
			a.setParameter(o.Parameter, service, o.Value)
		}
		first = next
	}
	return nil
}

// setParameter stores a parameter. A value for all services replaces those of single services.
func (a *assembly) setParameter(parameter, service string, value any) {
	if a.parameters[parameter] == nil || service == "" {
		a.parameters[parameter] = map[string]any{}
	}
	a.parameters[parameter][service] = value
}

// addVariable adds a variable, one in a Secret of Kubernetes as a digest unless a program of the deployment reads it.
func (a *assembly) addVariable(p sourceSettings, s deployed.Setting, isRead bool) {
	if s.Kind != deployed.Variable {
		return
	}
	if s.Unknown {
		a.unknown[fmt.Sprintf("server_environment.%s.%s is set elsewhere, according to %s", cmp.Or(s.Service, "(all)"), s.Key, p.source)] = true
		return
	}
	if a.taken.Config.Environment[s.Service] == nil {
		a.taken.Config.Environment[s.Service] = map[string]string{}
	}
	shown := fmt.Sprint(s.Shown)
	if _, isKnown := a.surveyed.Readers[s.Key]; s.InSecret && !isRead && !isKnown && !s.Secret && shown != "" {
		shown = a.redactor.RedactSecret(s.Key, shown)
	}
	a.taken.Config.Environment[s.Service][s.Key] = shown
}

// addDynamicConfig adds the keys of one part, each with all its values, as in the server's file. Values that differ by
// service name their service.
func (a *assembly) addDynamicConfig(p sourceSettings, keys []string) {
	type entryKey struct{ key, service string }
	values := map[entryKey][]any{}
	services := map[string][]string{}
	for i, s := range p.settings {
		if s.Kind != deployed.Dynamic {
			continue
		}
		if s.Unknown {
			a.unknown[fmt.Sprintf("dynamic_config.%s is set elsewhere, according to %s", keys[i], p.source)] = true
			continue
		}
		entry := map[string]any{"value": s.Shown}
		if len(s.Constraints) > 0 {
			constraints := map[string]any{}
			for _, c := range s.Constraints {
				constraints[c.Name] = c.Value
			}
			entry["constraints"] = constraints
		}
		at := entryKey{keys[i], s.Service}
		if values[at] == nil {
			services[at.key] = append(services[at.key], at.service)
		}
		values[at] = append(values[at], entry)
	}
	for key, all := range services {
		first := values[entryKey{key, all[0]}]
		same := !slices.ContainsFunc(all, func(service string) bool { return !reflect.DeepEqual(values[entryKey{key, service}], first) })
		if same {
			a.taken.Config.DynamicConfig[key] = first
			continue
		}
		var entries []any
		for _, service := range slices.Sorted(slices.Values(all)) {
			for _, e := range values[entryKey{key, service}] {
				entry := maps.Clone(e.(map[string]any))
				entry["service"] = service
				entries = append(entries, entry)
			}
		}
		a.taken.Config.DynamicConfig[key] = entries
	}
}

// describeParts fills the parts that follow from the parameters, and lists parts without any source.
func (a *assembly) describeParts(stated StatedFacts) {
	config := &a.taken.Config
	for parameter, by := range a.parameters {
		a.parameters[parameter] = mergeServices(by)
	}
	if a.compiled != nil {
		config.Profile = slices.Clone(a.compiled.JSON)
		for _, p := range a.compiled.Profile.Params() {
			if a.parameters[p.Key] == nil {
				a.parameters[p.Key] = map[string]any{"": p.Value}
			}
		}
	} else {
		a.unknown["config_profile: no source has it"] = true
	}
	config.Parameters = a.parameters
	for _, r := range a.surveyed.Readers {
		if by := a.parameters[r.Parameter]; by != nil && r.Section != "" {
			section, _ := config.PluginConfig[r.Section].(map[string]any)
			if section == nil {
				section = map[string]any{}
				config.PluginConfig[r.Section] = section
			}
			section[r.Parameter] = valueOrByService(by)
		}
	}
	for _, parameter := range a.surveyed.Worker {
		if by := a.parameters[parameter]; by != nil {
			config.WorkerOptions[parameter] = valueOrByService(by)
		}
	}
	if len(stated.WorkerOptions) > 0 {
		config.WorkerOptions = stated.WorkerOptions
		config.Sources = append(config.Sources, "worker options as stated")
	}
	for part, n := range map[string]int{
		"dynamic_config": len(config.DynamicConfig), "server_environment": len(config.Environment),
		"worker_options": len(config.WorkerOptions), "plugin_config": len(config.PluginConfig),
	} {
		if n == 0 {
			a.unknown[part+": no source has it"] = true
		}
	}
}

// mergeServices merges equal values of all services into one for every service.
func mergeServices(by map[string]any) map[string]any {
	var first any
	for i, service := range slices.Sorted(maps.Keys(by)) {
		if i == 0 {
			first = by[service]
		} else if !reflect.DeepEqual(first, by[service]) {
			return by
		}
	}
	return map[string]any{"": first}
}

// valueOrByService returns the value for every service, or the values by service.
func valueOrByService(by map[string]any) any {
	if v, ok := by[""]; ok && len(by) == 1 {
		return v
	}
	return maps.Clone(by)
}

// redactAll removes secrets. Each source was redacted when read; this pass repeats it with all secrets found by then.
func (a *assembly) redactAll() (*Snapshot, error) {
	config := &a.taken.Config
	taken := map[string]bool{}
	look := func(path string, v any) any {
		out, paths := a.redactor.RedactValue(path, "", v)
		for _, p := range paths {
			taken[p] = true
		}
		return out
	}
	for _, part := range []struct {
		name string
		all  *map[string]any
	}{{"dynamic_config", &config.DynamicConfig}, {"worker_options", &config.WorkerOptions}, {"plugin_config", &config.PluginConfig}} {
		// converts any source's types to those of encoding/json
		var plain map[string]any
		if err := convertType(*part.all, &plain); err != nil {
			return nil, fmt.Errorf("write %s: %w", part.name, err)
		}
		*part.all, _ = look(part.name, plain).(map[string]any)
		// afterwards, because a name can contain a secret too
		for _, path := range digestPaths(part.name, *part.all) {
			taken[path] = true
		}
	}
	// a section's name must not count as a secret's name
	for _, service := range slices.Sorted(maps.Keys(config.Environment)) {
		all := map[string]any{}
		for name, value := range config.Environment[service] {
			all[name] = value
		}
		delete(config.Environment, service)
		safe, _ := a.redactor.RedactValue("", "", service)
		path := "server_environment." + cmp.Or(fmt.Sprint(safe), "(all)")
		shown, _ := look(path, all).(map[string]any)
		texts := map[string]string{}
		for name, value := range shown {
			if texts[name] = fmt.Sprint(value); strings.HasPrefix(texts[name], digestPrefix) {
				taken[path+"."+name] = true
			}
		}
		config.Environment[fmt.Sprint(safe)] = texts
	}
	var parameters map[string]any
	if err := convertType(config.Parameters, &parameters); err != nil {
		return nil, fmt.Errorf("write parameters: %w", err)
	}
	if err := convertType(look("parameters", parameters), &config.Parameters); err != nil {
		return nil, fmt.Errorf("write parameters: %w", err)
	}
	if config.Profile != nil {
		var profile any
		if err := json.Unmarshal(config.Profile, &profile); err != nil {
			return nil, fmt.Errorf("read config profile: %w", err)
		}
		data, err := json.Marshal(look("config_profile", profile))
		if err != nil {
			return nil, fmt.Errorf("write config profile: %w", err)
		}
		config.Profile = data
	}
	for i, s := range config.Sources {
		config.Sources[i] = a.redactor.RedactMessage(s)
	}
	v := &a.taken.Versions
	for name, version := range map[string]*string{
		"temporal_server_version": &v.TemporalServer, "dsql_plugin_version": &v.DSQLPlugin,
		"worker_code_sha": &v.WorkerCodeSHA, "preset_name": &v.Preset,
	} {
		if a.redactor.RedactMessage(*version) != *version {
			*version = ""
			a.unknown[name+": left out, because it looks like a secret; expected a version, commit or digest"] = true
		}
	}
	config.Unknown = make([]string, 0, len(a.unknown))
	for remark := range a.unknown {
		config.Unknown = append(config.Unknown, a.redactor.RedactMessage(remark))
	}
	slices.Sort(config.Unknown)
	config.Redacted = slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(taken))))
	return &a.taken, nil
}

const digestPrefix = "redacted:"

// digestPaths returns the paths of digests that exist already.
func digestPaths(path string, v any) (all []string) {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, digestPrefix) {
			return []string{path}
		}
	case []any:
		for i, x := range v {
			all = append(all, digestPaths(fmt.Sprintf("%s[%d]", path, i), x)...)
		}
	case map[string]any:
		for key, x := range v {
			all = append(all, digestPaths(path+"."+key, x)...)
		}
	}
	return all
}

// convertType converts a value to another type by way of JSON.
func convertType(from, to any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}
