// Package registry lists what does not depend on a deployment: parameters, keys,
// presets, metrics, promises, versions, rules, and JSON Schemas of them.
package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A Preset is a scale, as a list shows it.
type Preset struct {
	Name    string `json:"name" yaml:"name"`
	Summary string `json:"summary" yaml:"summary"`
	// state transitions a second
	Range struct {
		Min float64 `json:"min" yaml:"min"`
		Max float64 `json:"max" yaml:"max"`
	} `json:"range" yaml:"range"`
}

// A Modifier is a kind of workload, as a list shows it.
type Modifier struct {
	Name    string `json:"name" yaml:"name"`
	Summary string `json:"summary" yaml:"summary"`
}

// An Adapter writes files for an SDK or a platform.
type Adapter struct {
	Name     string `json:"name" yaml:"name"`
	Kind     string `json:"kind" yaml:"kind"`
	Language string `json:"language" yaml:"language"`
	Summary  string `json:"summary" yaml:"summary"`
	// Also are other names that users look for the adapter by.
	Also []string `json:"also" yaml:"also"`
	Path string   `json:"-" yaml:"-"` // import path of its package
}

// UnknownAdapter returns the error for the name of an adapter that does not exist.
func UnknownAdapter(what, name string, all []Adapter) error {
	var known []string
	near := ""
	for _, a := range all {
		known = append(known, a.Name)
		if slices.Contains(a.Also, strings.ToLower(name)) {
			near = a.Name
		}
	}
	return suggest.UnknownNameNear(what, name, near, known)
}

// A Parameter is an entry of the registry.
type Parameter struct {
	Key            string            `json:"key"`
	Classification string            `json:"classification"`
	Doc            string            `json:"doc"`
	Rationale      string            `json:"rationale"`
	Kind           string            `json:"kind"`
	Unit           string            `json:"unit,omitempty"`
	Allowed        string            `json:"allowed"`
	Min            any               `json:"min,omitempty"` // a number, or a duration as text
	Max            any               `json:"max,omitempty"`
	OneOf          []string          `json:"oneOf,omitempty"`
	Pattern        *Pattern          `json:"pattern,omitempty"`
	Change         string            `json:"change"`
	Stronger       string            `json:"stronger,omitempty"` // more or less: the direction that carries or promises more
	Per            []string          `json:"per,omitempty"`      // parameters that count the processes with it
	Services       []string          `json:"services,omitempty"` // those that can have a value of their own
	ActsOn         []string          `json:"actsOn"`
	DynamicConfig  string            `json:"dynamicConfig,omitempty"`
	Static         string            `json:"static,omitempty"` // key of the server's static configuration
	Env            []Variable        `json:"env,omitempty"`
	SDK            map[string]string `json:"sdk,omitempty"`
	SDKInstead     *SDKInstead       `json:"sdkInstead,omitempty"`
	Deployment     string            `json:"deployment,omitempty"`
}

// An SDKInstead has the options that carry a parameter while another one has a certain value.
type SDKInstead struct {
	Parameter string            `json:"parameter"`
	Is        any               `json:"is"` // a text or a bool
	SDK       map[string]string `json:"sdk"`
}

// A Pattern is a regular expression for a text, with its meaning in words.
type Pattern struct {
	Is    string `json:"is"`
	Words string `json:"words"`
}

// A Variable is an environment variable that sets a parameter.
type Variable struct {
	Name          string              `json:"name"`
	Generations   []string            `json:"generations,omitempty"`    // of the plugin; none means all
	When          map[string][]string `json:"when,omitempty"`           // modes in which each generation reads it, in words
	ReadBy        []string            `json:"read_by"`                  // programs of the contract
	Default       string              `json:"default,omitempty"`        // the value without the variable
	Computed      string              `json:"computed,omitempty"`       // how it is computed, in words
	Accepts       *AcceptedRange      `json:"accepts,omitempty"`        // nil means that the program passes it on
	Otherwise     string              `json:"otherwise,omitempty"`      // the value that any other becomes
	WithoutEffect string              `json:"without_effect,omitempty"` // the reason, if no value has an effect
}

// An AcceptedRange is the kind and range of values that a reader accepts.
type AcceptedRange struct {
	Kind string `json:"kind"`
	Min  string `json:"min,omitempty"`
	Max  string `json:"max,omitempty"`
}

// A Key is a dynamic-config key of a Temporal server.
type Key struct {
	Key            string         `json:"key" yaml:"key"`
	Classification string         `json:"classification" yaml:"classification"`
	Curated        bool           `json:"curated" yaml:"curated"`
	Kind           string         `json:"kind" yaml:"kind"`
	Precedence     string         `json:"precedence" yaml:"precedence"`
	Default        any            `json:"default" yaml:"default"`
	Expr           string         `json:"expr,omitempty" yaml:"expr,omitempty"`
	Constrained    []any          `json:"constrained,omitempty" yaml:"constrained,omitempty"`
	Gradual        bool           `json:"gradual,omitempty" yaml:"gradual,omitempty"`
	Fields         []string       `json:"fields,omitempty" yaml:"fields,omitempty"`
	Note           string         `json:"note,omitempty" yaml:"note,omitempty"`
	Versions       []string       `json:"versions" yaml:"versions"`
	Since          map[string]int `json:"since,omitempty" yaml:"since,omitempty"` // the patch of a line that it came with
	Until          map[string]int `json:"until,omitempty" yaml:"until,omitempty"` // the last patch of a line that has it
	Was            map[string]any `json:"was,omitempty" yaml:"was,omitempty"`
	Doc            string         `json:"doc" yaml:"doc"`
}

// A Registry answers from one module.
type Registry struct {
	module       *cuemod.Module
	adapters     []Adapter     // under the module's lock; nil before they are read
	dependencies *Dependencies // likewise
}

// New returns the registry of a module.
func New(m *cuemod.Module) *Registry { return &Registry{module: m} }

// readTable returns a table of the schema.
func readTable[T any](r *Registry, name string) (T, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) (T, error) { return cuemod.Table[T](e, name) })
}

// Presets lists the presets of the module and of the repository around it, the smallest
// first.
func (r *Registry) Presets() ([]Preset, error) {
	all, err := listItems[Preset](r, "presets")
	slices.SortStableFunc(all, func(a, b Preset) int { return cmp.Compare(a.Range.Min, b.Range.Min) })
	return all, err
}

// Modifiers lists the workload modifiers.
func (r *Registry) Modifiers() ([]Modifier, error) { return listItems[Modifier](r, "modifiers") }

func listItems[T any](r *Registry, kind string) ([]T, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) ([]T, error) { return decodeItems[T](e, kind) })
}

func decodeItems[T any](e *cuemod.Evaluator, kind string) ([]T, error) {
	if err := e.LoadCore(); err != nil {
		return nil, err
	}
	var all []T
	for _, path := range e.Packages(kind) {
		v, err := e.PackageValue(path)
		if err != nil {
			return nil, err
		}
		fields, err := v.Fields()
		if err != nil {
			return nil, e.UserError("read "+kind, err)
		}
		for fields.Next() {
			var item T
			if err := fields.Value().Decode(&item); err != nil {
				return nil, e.UserError("read "+kind, err)
			}
			all = append(all, item)
		}
	}
	return all, nil
}

// HasPreset reports whether a preset exists.
func (r *Registry) HasPreset(name string) bool {
	found, _ := cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) (bool, error) {
		if err := e.LoadCore(); err != nil {
			return false, err
		}
		_, err := e.FindPackage("presets", name)
		return err == nil, err
	})
	return found
}

// Adapters lists the adapters that are CUE packages.
func (r *Registry) Adapters() ([]Adapter, error) {
	return cuemod.WithEvaluator(r.module, r.ReadAdapters)
}

// ReadAdapters lists the adapters for a caller that holds the module's lock.
func (r *Registry) ReadAdapters(e *cuemod.Evaluator) ([]Adapter, error) {
	if r.adapters != nil {
		return r.adapters, nil
	}
	if err := e.LoadAdapters(); err != nil {
		return nil, err
	}
	paths := e.AdapterPackages()
	v, err := e.Evaluate(func(s *cuemod.Statement) {
		for i, path := range paths {
			about := &ast.StructLit{}
			for _, name := range []string{"name", "kind", "language", "summary", "also"} {
				about.Elts = append(about.Elts, &ast.Field{
					Label: ast.NewString(name),
					Value: cuemod.IndexField(ast.NewSel(s.UsePackage(path), "#Adapter"), name),
				})
			}
			s.SetField(fmt.Sprint(i), about)
		}
	})
	if err != nil {
		return nil, err
	}
	var all []Adapter
	for i, path := range paths {
		a := Adapter{Path: path}
		if err := v.LookupPath(cue.MakePath(cue.Str(fmt.Sprint(i)))).Decode(&a); err != nil {
			return nil, e.UserError("read adapter "+path, err)
		}
		all = append(all, a)
	}
	r.adapters = all
	return all, nil
}

// Parameters lists the registry.
func (r *Registry) Parameters() ([]Parameter, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) ([]Parameter, error) {
		return cuemod.Listing[[]Parameter](e, "parameters")
	})
}

// Keys lists the dynamic-config keys of a server version, or of every supported version
// for "". A version that is newer than the catalogue has the keys of the newest catalogued
// server before it.
func (r *Registry) Keys(version string) ([]Key, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) ([]Key, error) { return listKeys(e, version) })
}

func listKeys(e *cuemod.Evaluator, version string) ([]Key, error) {
	all, err := cuemod.Listing[[]Key](e, "keys")
	if err != nil || version == "" {
		return all, err
	}
	known, err := ReadVersions(e)
	if err != nil {
		return nil, err
	}
	if err := known.CheckServer(version); err != nil {
		return nil, err
	}
	release, _ := known.Release(version)
	var keys []Key
	for _, k := range all {
		if release.Has(k) {
			keys = append(keys, k.AsOf(release))
		}
	}
	return keys, nil
}

// AsOf returns a key as a server defines it.
func (k Key) AsOf(r Release) Key {
	was, found := k.Was[r.Name].(map[string]any)
	if !found {
		was, _ = k.Was[r.Line].(map[string]any)
	}
	k.Was = nil
	// a replacement is not merged with the original
	for name := range was {
		switch name {
		case "default":
			k.Expr = ""
		case "expr":
			k.Default = nil
		case "constrained":
			k.Constrained = nil
		case "fields":
			k.Fields = nil
		}
	}
	if data, err := json.Marshal(was); err == nil && len(was) > 0 {
		_ = json.Unmarshal(data, &k)
	}
	return k
}

// OverridableKeys lists every key that an override can set.
func (r *Registry) OverridableKeys() []string {
	keys, _ := cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) ([]string, error) { return ReadOverridableKeys(e), nil })
	return keys
}

// ReadOverridableKeys lists every key that an override can set, for suggestions: without it,
// an error stands alone.
func ReadOverridableKeys(e *cuemod.Evaluator) []string {
	all, err := cuemod.Listing[[]string](e, "overridable")
	if err != nil {
		return nil
	}
	return all
}

// ReadKind returns the kind of a key in any case, "" for an unknown key.
func ReadKind(e *cuemod.Evaluator, key string) string {
	low := strings.ToLower(key)
	v, err := e.Evaluate(func(s *cuemod.Statement) {
		s.SetField("curated", cuemod.IndexField(s.SchemaName("kinds"), low))
		s.SetField("catalogue", cuemod.IndexField(cuemod.IndexField(ast.NewSel(s.UsePackage(cuemod.CataloguePath), "keys"), low), "kind"))
	})
	if err != nil {
		return ""
	}
	for _, name := range []string{"curated", "catalogue"} {
		if kind, err := v.LookupPath(cue.MakePath(cue.Str(name))).String(); err == nil {
			return kind
		}
	}
	return ""
}

// Versions are the versions of the compiler, and those that it supports.
type Versions struct {
	Compiler          string              `json:"compiler_version"`
	TemporalServers   []string            `json:"temporal_server_versions"` // release lines
	TemporalPatches   map[string][]string `json:"temporal_server_patches"`
	PluginGenerations []string            `json:"dsql_plugin_versions"`
}

// Versions reads the versions from the module.
func (r *Registry) Versions() (Versions, error) { return readTable[Versions](r, "versions") }

// ReadVersions reads the versions for a caller that holds the module's lock.
func ReadVersions(e *cuemod.Evaluator) (Versions, error) {
	return cuemod.Table[Versions](e, "versions")
}

// CheckServer rejects a server version without a catalogue.
func (v Versions) CheckServer(server string) error {
	if _, found := v.Release(server); !found {
		return source.Wrong(
			"",
			fmt.Sprintf("Temporal %q is not a supported version", server),
			"use one of "+strings.Join(v.TemporalServers, ", "),
		)
	}
	return nil
}

// CheckSupport rejects an unsupported server version or plugin generation.
func (v Versions) CheckSupport(server, plugin string) error {
	if err := v.CheckServer(server); err != nil {
		return err
	}
	if !slices.Contains(v.PluginGenerations, plugin) {
		return source.Wrong(
			"",
			fmt.Sprintf("there is no generation %q of the plugin", plugin),
			"use one of "+strings.Join(v.PluginGenerations, ", "),
		)
	}
	return nil
}

// CheckSupport rejects an unsupported server version or plugin generation; "" is the default
// of each.
func (r *Registry) CheckSupport(server, plugin string) error {
	if server == "" && plugin == "" {
		return nil
	}
	known, err := r.Versions()
	if err != nil {
		return err
	}
	return known.CheckSupport(cmp.Or(server, known.TemporalServers[0]), cmp.Or(plugin, known.PluginGenerations[0]))
}
