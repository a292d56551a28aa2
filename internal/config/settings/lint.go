// Package settings evaluates what the settings of a running cluster mean: problems, the
// deployment with the same effect, and the parameters that they set.
package settings

import (
	"cmp"
	"context"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A RunningSetting is a setting of a running cluster, from some file.
type RunningSetting struct {
	Kind        string      `json:"kind"` // dynamic_config, variable or static
	File        string      `json:"file"`
	Origin      string      `json:"origin"` // the place of the key
	Service     string      `json:"service"`
	Key         string      `json:"key"`
	Value       any         `json:"value"`
	Store       string      `json:"store"`        // role of the data store that it belongs to
	StorePlugin string      `json:"store_plugin"` // the store's SQL plugin, if the file names it
	ServerFile  bool        `json:"server_file"`  // of the server's own configuration file
	Known       bool        `json:"known"`        // whether the file has the value
	As          Readings    `json:"as"`
	Constraints []Condition `json:"constraints"`
	Where       string      `json:"where"`   // the constraints as text
	Ignored     []string    `json:"ignored"` // fields besides value and constraints
}

// Readings are the values of a variable's text, by the kind that a program parses it as.
type Readings map[string]any

// ParseReadings parses a text as each kind that it can be.
func ParseReadings(text string) Readings {
	as := Readings{}
	if n, err := strconv.Atoi(text); err == nil {
		as["int"] = n
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		as["float"] = n
	}
	switch b, err := strconv.ParseBool(text); {
	case err == nil:
		as["bool"] = b
	case strings.EqualFold(text, "yes") || strings.EqualFold(text, "on"):
		as["bool"] = true
	case strings.EqualFold(text, "no") || strings.EqualFold(text, "off"):
		as["bool"] = false
	}
	return as
}

// A Condition is a constraint under which a dynamic-config value holds.
type Condition struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// A LintResult holds the problems of settings, with what policies need to check them.
type LintResult struct {
	Temporal string
	Plugin   string
	Versions registry.Versions // those that are known
	Rules    []LintRule
	Problems []LintProblem
	// Values are the parameters that the settings set, one for each setting.
	Values []LintValue
	// Placed are the values of namespaces and task queues, one for each setting.
	Placed []PlacedLintValue
	// Defaults are the values of parameters that no dynamic config sets.
	Defaults map[string]any
	// PluginDefaults are the values of parameters that no environment of a plugin sets.
	PluginDefaults map[string]any
	// PluginFollows names the parameter whose value the plugin uses for one that no environment sets.
	PluginFollows map[string]string
	// StoreDefaults are the plugin's defaults of fields that the static configuration leaves out, by parameter.
	StoreDefaults map[string]StoreDefault
	// ParameterOf names the parameter that each variable states.
	ParameterOf map[string]string
	// Limits and Margins are those of a config profile.
	Limits, Margins map[string]float64
	// StoreParameters are the parameters that only a store in DSQL has.
	StoreParameters []string
	// Uncompared is one more than the first setting that was not compared with others, because there are too many; or 0.
	Uncompared int
	// Unpaired are, for each key with too many values, the first setting that was not compared with the key's other values.
	Unpaired []int
	// StoreTypes are the types of a data store in the static configuration.
	StoreTypes []string
	// Processes are the counts of the processes that each have a parameter's value.
	Processes map[string][]string
	// Immutable are the parameters that a cluster keeps from its first start on.
	Immutable []string
	// PerService marks the parameters of which each service can have its own value.
	PerService map[string]bool

	fine          map[int][]statedValue // the settings that are not evaluated, by index
	line          string                // the release line whose keys are those of the server, or "" if there is none
	read          map[int]any           // the values of dynamic-config keys that the server reads, by setting
	interplayKeys map[string]bool       // the keys that can decide about others, or others about them
	modes         map[string]mode       // those of the plugin
}

// A StoreDefault is a field of a data store in the static configuration, and the value of one that is left out.
type StoreDefault struct {
	Field string `json:"field"`
	Value any    `json:"value"`
}

// ServerPrograms distinguishes Temporal servers from other programs in the same files.
type ServerPrograms struct {
	Programs struct {
		Image     *regexp.Regexp `json:"image"`
		NotImage  *regexp.Regexp `json:"notImage"`
		Command   *regexp.Regexp `json:"command"`
		Arguments *regexp.Regexp `json:"arguments"`
		Names     *regexp.Regexp `json:"names"`
		Version   *regexp.Regexp `json:"version"`
	} `json:"programs"`
	Marks     map[string]bool `json:"marks"`     // variables that only a server has
	Endpoints []string        `json:"endpoints"` // variables with the host of the store
	Address   *regexp.Regexp  `json:"address"`   // the field with the address of a data store
}

// ReadServerPrograms reads them from the module.
func ReadServerPrograms(m *cuemod.Module) (ServerPrograms, error) {
	return readTable[ServerPrograms](m, "serverScope")
}

// ReadVersions reads the versions that the module knows.
func ReadVersions(m *cuemod.Module) (registry.Versions, error) {
	return readTable[registry.Versions](m, "versions")
}

// A LintRule is a kind of problem of settings.
type LintRule struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Severity    string `json:"severity"`
	Remedy      string `json:"remedy"`
}

// A LintProblem is a problem of one setting.
type LintProblem struct {
	Setting   int    `json:"setting"`
	At        string `json:"at"` // the part of the setting: key, value, constraint, ignored
	N         int    `json:"n"`  // which constraint or ignored field
	RuleName  string `json:"rule_name"`
	Severity  string `json:"severity"`
	Message   string `json:"message"`
	Remedy    string `json:"remedy"`
	Parameter string `json:"parameter"`
	Near      string `json:"near"` // the names among which to suggest: keys, variables, misspelt
	// Misspelt is the part of the setting that can be misspelt, if that is not its key.
	Misspelt suggest.Misspelt `json:"misspelt"`
	// Field is the path of the field that the problem is about, if it can be above the setting.
	Field string `json:"field"`
	// IsOfChart means that the official chart writes the field into every configuration.
	IsOfChart bool `json:"of_chart"`
}

// A LintValue is a parameter that a setting sets.
type LintValue struct {
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
	Setting   int    `json:"setting"`
}

// A PlacedLintValue is a parameter that a setting sets for a namespace or a task queue.
type PlacedLintValue struct {
	LintValue
	Place       string            `json:"place"` // in words
	Constraints map[string]string `json:"constraints"`
}

// Lint checks the settings of a running cluster against the registry, the catalogue and
// each other. A version "" means the default of a compile.
func Lint(ctx context.Context, m *cuemod.Module, settings []RunningSetting, server, plugin string) (*LintResult, error) {
	out, comparison, err := Check(ctx, m, settings, server, plugin)
	if err != nil {
		return nil, err
	}
	problems, err := comparison.Evaluate(m)
	if err != nil {
		return nil, err
	}
	out.AddProblems(problems)
	return out, nil
}

// Check checks each setting, and conflicting ones. The comparison that it returns finds the remaining problems; what
// else the result has does not depend on them.
func Check(
	ctx context.Context, m *cuemod.Module, settings []RunningSetting, server, plugin string,
) (*LintResult, *Comparison, error) {
	out, err := Begin(m, settings, server, plugin)
	if err != nil {
		return nil, nil, err
	}
	comparison, err := out.Evaluate(ctx, m, settings, server, plugin)
	return out, comparison, err
}

// Begin returns what is known of settings before an evaluation: of a schema that is not the binary's, nothing.
func Begin(m *cuemod.Module, settings []RunningSetting, server, plugin string) (*LintResult, error) {
	out := &LintResult{read: map[int]any{}}
	if !m.HasEmbeddedSchema() {
		return out, nil
	}
	return out, out.readGenerated(settings, server, plugin)
}

// Evaluate completes the result with an evaluation of the settings, and returns their comparison.
func (l *LintResult) Evaluate(
	ctx context.Context, m *cuemod.Module, settings []RunningSetting, server, plugin string,
) (*Comparison, error) {
	if err := l.evaluate(ctx, m, settings, server, plugin); err != nil {
		return nil, err
	}
	return l.newComparison(settings), nil
}

// evaluate evaluates the settings, except those that are surely fine.
func (l *LintResult) evaluate(ctx context.Context, m *cuemod.Module, settings []RunningSetting, server, plugin string) error {
	var tables []string
	if !m.HasEmbeddedSchema() {
		tables = lintTables(settings)
	}
	batches := batchSettings(settings, l.isFine)
	if !m.HasEmbeddedSchema() || len(batches[0].distinct)+len(batches[0].conflicting) > 0 {
		_, err := cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) (struct{}, error) {
			x := newEvaluation("#Lint", settings, server, plugin, tables...)
			return struct{}{}, eachBatch(ctx, e, batches, func(e *cuemod.Evaluator, b batch) error {
				return l.addBatch(e, x, settings, b)
			})
		})
		if err != nil {
			return err
		}
	}
	l.addFine(settings)
	l.AddProblems(nil)
	return nil
}

// AddProblems adds problems in the order of their settings.
func (l *LintResult) AddProblems(problems []LintProblem) {
	l.Problems = append(l.Problems, problems...)
	slices.SortStableFunc(l.Problems, func(a, b LintProblem) int { return cmp.Compare(a.Setting, b.Setting) })
}

// lintTables returns the names of the schema's tables that say something of settings of these kinds.
func lintTables(settings []RunningSetting) []string {
	tables := []string{"versions", "lintRules", "limitValues", "marginValues", "storeParameters", "processes", "immutable", "perService"}
	has := func(kind string) bool {
		return slices.ContainsFunc(settings, func(s RunningSetting) bool { return s.Kind == kind })
	}
	if has("variable") {
		tables = append(tables, "parameterOf", "pluginDefaults", "pluginFollows", "modes")
	}
	if has("static") {
		tables = append(tables, "storeDefaults", "storeTypes")
	}
	if has("dynamic_config") {
		tables = append(tables, "interplayKeys")
	}
	return tables
}

// addBatch evaluates one batch and adds its problems and values.
func (l *LintResult) addBatch(e *cuemod.Evaluator, x *evaluation, settings []RunningSetting, b batch) error {
	distinct := b.distinctSettings(settings)
	var conflicting []RunningSetting
	for _, i := range b.conflicting {
		conflicting = append(conflicting, settings[i])
	}
	v, err := x.evaluateBatch(e, distinct, map[string][]RunningSetting{"together": conflicting})
	if err != nil {
		return err
	}
	if l.Temporal == "" {
		if err := l.readEvaluated(v, lintTables(settings)); err != nil {
			return e.UserError("read the schema", err)
		}
		if err := l.Versions.CheckSupport(l.Temporal, l.Plugin); err != nil {
			return err
		}
	}
	var found struct {
		Problems, Clashes []LintProblem
		Values, Read      []LintValue
		Placed            []PlacedLintValue
	}
	for name, into := range map[string]any{
		"problems": &found.Problems, "clashes": &found.Clashes, "values": &found.Values, "placed": &found.Placed, "read": &found.Read,
	} {
		if err := lookupField(v, answerField, name).Decode(into); err != nil {
			return e.UserError("lint", err)
		}
	}
	if found.Problems, err = addSuggestions(e, distinct, found.Problems, l.line); err != nil {
		return err
	}
	for _, p := range found.Problems {
		for _, i := range b.distinct[p.Setting] {
			p.Setting = i
			l.Problems = append(l.Problems, p)
		}
	}
	for _, p := range found.Clashes {
		p.Setting = b.conflicting[p.Setting]
		l.Problems = append(l.Problems, p)
	}
	l.Unpaired = append(l.Unpaired, b.uncompared...)
	for _, value := range found.Values {
		for _, i := range b.distinct[value.Setting] {
			value.Setting = i
			l.Values = append(l.Values, value)
		}
	}
	for _, value := range found.Read {
		for _, i := range b.distinct[value.Setting] {
			l.read[i] = value.Value
		}
	}
	for _, value := range found.Placed {
		for _, i := range b.distinct[value.Setting] {
			value.Setting = i
			l.Placed = append(l.Placed, value)
		}
	}
	return nil
}

// readProblems returns the problems of an evaluation.
func readProblems(e *cuemod.Evaluator, v cue.Value) ([]LintProblem, error) {
	var found []LintProblem
	if err := lookupField(v, answerField, "problems").Decode(&found); err != nil {
		return nil, e.UserError("lint", err)
	}
	return found, nil
}

// readEvaluated reads the results that all settings share from an evaluation.
func (l *LintResult) readEvaluated(v cue.Value, tables []string) error {
	for name, into := range map[string]any{
		"temporal_version": &l.Temporal, "plugin_version": &l.Plugin, "defaults": &l.Defaults, "line": &l.line,
	} {
		if err := lookupField(v, answerField, name).Decode(into); err != nil {
			return err
		}
	}
	return l.readTables(tables, func(name string, into any) error { return lookupField(v, name).Decode(into) })
}

// readTables reads tables of the schema.
func (l *LintResult) readTables(tables []string, readTable func(name string, into any) error) error {
	rules := map[string]LintRule{}
	// by generation
	pluginDefaults, pluginFollows := map[string]map[string]any{}, map[string]map[string]string{}
	all := map[string]any{
		"pluginDefaults": &pluginDefaults, "pluginFollows": &pluginFollows, "storeDefaults": &l.StoreDefaults,
		"storeTypes": &l.StoreTypes, "parameterOf": &l.ParameterOf, "lintRules": &rules, "limitValues": &l.Limits,
		"marginValues": &l.Margins, "storeParameters": &l.StoreParameters, "processes": &l.Processes, "immutable": &l.Immutable,
		"perService": &l.PerService, "interplayKeys": &l.interplayKeys, "modes": &l.modes, "versions": &l.Versions,
	}
	for _, name := range tables {
		if err := readTable(name, all[name]); err != nil {
			return err
		}
	}
	l.PluginDefaults, l.PluginFollows = pluginDefaults[l.Plugin], pluginFollows[l.Plugin]
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[name]
		rule.Name = name
		l.Rules = append(l.Rules, rule)
	}
	return nil
}
