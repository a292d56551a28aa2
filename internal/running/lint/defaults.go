package lint

import (
	"cmp"
	"maps"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// addDefaults adds the server's defaults for keys that the dynamic config does not set, if there is one and all of it is
// known.
func (v values) addDefaults(given []deployed.Setting, defaults map[string]any) {
	var at source.Pos
	set := map[string]bool{}
	for _, s := range given {
		if s.Kind != deployed.Dynamic {
			continue
		}
		if s.Partial {
			return
		}
		if at.File == "" {
			at = source.Pos{File: s.Pos.File, Line: 1, Column: 1}
			if s.Cluster != "" { // the file has the dynamic config of others, too
				at = s.Pos
			}
		}
		set[strings.ToLower(s.Key)] = set[strings.ToLower(s.Key)] || len(s.Constraints) == 0
	}
	v.addMissing("server", defaults, func(key string) bool { return set[strings.ToLower(key)] }, at)
}

// addMissing adds a reader's defaults of parameters that nothing sets, at a place; at none, it adds nothing.
func (v values) addMissing(reader string, defaults map[string]any, isSet func(key string) bool, at source.Pos) {
	if at.IsZero() {
		return
	}
	for key, value := range defaults {
		if len(v.byKey[key]) == 0 && !isSet(key) {
			v.byKey[key], v.positions[key], v.defaulted[key] = []any{value}, at, reader
		}
	}
}

// addStoreDefaults adds the plugin's defaults of the fields of a store in DSQL that a static configuration leaves out.
func (v values) addStoreDefaults(given []deployed.Setting, linted *settings.LintResult) {
	var at source.Pos
	fields, set, missing := map[string]bool{}, map[string]bool{}, map[string]any{}
	for _, s := range given {
		if s.Kind == deployed.Static && s.StorePlugin == "dsql" && !s.Partial {
			at = cmp.Or(at, s.Pos)
			fields[s.Key[strings.LastIndex(s.Key, ".")+1:]] = true
		}
		set[linted.ParameterOf[s.Key]] = true
	}
	for parameter, of := range linted.StoreDefaults {
		set[parameter] = set[parameter] || fields[of.Field]
		missing[parameter] = of.Value
	}
	v.addMissing("plugin", missing, func(key string) bool { return set[key] }, at)
}

// addPluginDefaults adds the plugin's defaults of the variables that are not set, if the files have its environment. In a
// service that has further variables, it is not known which are not set.
func (v *values) addPluginDefaults(given []deployed.Setting, linted *settings.LintResult, env environments) {
	var at source.Pos
	set := map[string]bool{}
	for _, s := range given {
		parameter, ok := linted.ParameterOf[s.Key]
		if !ok || s.Kind != deployed.Variable {
			continue
		}
		set[parameter] = true
		if isOfPlugin(parameter, linted) && at.File == "" {
			at = source.Pos{File: s.Pos.File, Line: 1, Column: 1}
		}
	}
	v.contained = maps.Clone(env.complete)
	maps.Copy(v.contained, env.partial)
	if len(env.partial) > 0 {
		v.addServiceDefaults(given, linted, env)
		return
	}
	isSet := func(key string) bool { return set[key] }
	v.addMissing("plugin", linted.PluginDefaults, isSet, at)
	followed := map[string]any{}
	for key, other := range linted.PluginFollows {
		if len(v.byKey[other]) == 1 {
			followed[key] = v.byKey[other][0]
		}
	}
	v.addMissing("plugin", followed, isSet, at)
	v.addServiceDefaults(given, linted, env)
}
