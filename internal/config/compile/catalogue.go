package compile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Preset is a scale, as listed.
type Preset struct {
	Name    string `json:"name" yaml:"name"`
	Summary string `json:"summary" yaml:"summary"`
	// state transitions a second
	Range struct {
		Min float64 `json:"min" yaml:"min"`
		Max float64 `json:"max" yaml:"max"`
	} `json:"range" yaml:"range"`
}

// A Modifier is a kind of workload, as listed.
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
	path     string
}

// A Parameter of the registry.
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
	Stronger       string            `json:"stronger,omitempty"` // more or less, where one of them carries or promises more
	Per            []string          `json:"per,omitempty"`      // what counts the processes that each have it
	ActsOn         []string          `json:"actsOn"`
	DynamicConfig  string            `json:"dynamicConfig,omitempty"`
	Static         string            `json:"static,omitempty"` // key of the server's static configuration
	Env            []Variable        `json:"env,omitempty"`
	SDK            map[string]string `json:"sdk,omitempty"`
	Deployment     string            `json:"deployment,omitempty"`
}

// A Pattern is what a text has to look like, and that in words.
type Pattern struct {
	Is    string `json:"is"`
	Words string `json:"words"`
}

// A Variable is an environment variable that states a parameter.
type Variable struct {
	Name          string              `json:"name"`
	Generations   []string            `json:"generations,omitempty"`    // of the plugin; none means all
	When          map[string][]string `json:"when,omitempty"`           // modes in which each generation reads it, in words
	ReadBy        []string            `json:"read_by"`                  // programs of the contract
	Default       string              `json:"default,omitempty"`        // what holds without the variable
	Computed      string              `json:"computed,omitempty"`       // how that is computed, in words
	Accepts       *Accepts            `json:"accepts,omitempty"`        // nil means that the program passes it on
	Otherwise     string              `json:"otherwise,omitempty"`      // what any other value becomes
	WithoutEffect string              `json:"without_effect,omitempty"` // why no value makes a difference
}

// Accepts is what the reader of a variable takes as it is written.
type Accepts struct {
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
	Was            map[string]any `json:"was,omitempty" yaml:"was,omitempty"`
	Doc            string         `json:"doc" yaml:"doc"`
}

// Presets lists the presets of the module and of the repository around it.
// The smallest comes first.
func (e *Engine) Presets() ([]Preset, error) {
	all, err := list[Preset](e, "presets")
	slices.SortStableFunc(all, func(a, b Preset) int { return cmp.Compare(a.Range.Min, b.Range.Min) })
	return all, err
}

// Modifiers lists the workload modifiers.
func (e *Engine) Modifiers() ([]Modifier, error) { return list[Modifier](e, "modifiers") }

func list[T any](e *Engine, kind string) ([]T, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.core(); err != nil {
		return nil, err
	}
	var all []T
	for _, path := range e.module.packages(kind) {
		v, err := e.value(path)
		if err != nil {
			return nil, err
		}
		fields, err := v.Fields()
		if err != nil {
			return nil, problems("read "+kind, err, e.module.root)
		}
		for fields.Next() {
			var one T
			if err := fields.Value().Decode(&one); err != nil {
				return nil, problems("read "+kind, err, e.module.root)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// Adapters lists the adapters that are CUE packages.
func (e *Engine) Adapters() ([]Adapter, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.adapters()
}

func (e *Engine) adapters() ([]Adapter, error) {
	if e.known != nil {
		return e.known, nil
	}
	if err := e.allAdapters(); err != nil {
		return nil, err
	}
	paths := e.module.adapters()
	v, err := e.ask(func(s *statement) {
		for i, path := range paths {
			about := &ast.StructLit{}
			for _, name := range []string{"name", "kind", "language", "summary"} {
				about.Elts = append(about.Elts, &ast.Field{Label: ast.NewString(name), Value: field(ast.NewSel(s.use(path), "#Adapter"), name)})
			}
			s.set(fmt.Sprint(i), about)
		}
	})
	if err != nil {
		return nil, err
	}
	var all []Adapter
	for i, path := range paths {
		a := Adapter{path: path}
		if err := v.LookupPath(cue.MakePath(cue.Str(fmt.Sprint(i)))).Decode(&a); err != nil {
			return nil, problems("read adapter "+path, err, e.module.root)
		}
		all = append(all, a)
	}
	e.known = all
	return all, nil
}

// choose picks the adapters of one kind by name; all of them where names is nil.
// A name that is no CUE package may be an executable on PATH.
func (e *Engine) choose(kind string, names []string) ([]Adapter, []executable, error) {
	if names != nil && len(names) == 0 {
		return nil, nil, nil
	}
	all, err := e.adapters()
	if err != nil {
		return nil, nil, err
	}
	var external []executable
	byName := map[string]Adapter{}
	var chosen []Adapter
	var known []string
	for _, a := range all {
		if a.Kind == kind {
			byName[a.Name] = a
			known = append(known, a.Name)
			if names == nil {
				chosen = append(chosen, a)
			}
		}
	}
	for _, name := range names {
		if a, ok := byName[name]; ok {
			chosen = append(chosen, a)
			continue
		}
		x, ok := findExecutable(kind, name)
		if !ok {
			return nil, nil, Unknown(kind+" adapter", name, known)
		}
		external = append(external, x)
	}
	return chosen, external, nil
}

// Parameters lists the registry.
func (e *Engine) Parameters() ([]Parameter, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return listing[[]Parameter](e, "parameters")
}

// Keys lists the dynamic-config keys of a server version, or of every
// supported version where it is "".
func (e *Engine) Keys(version string) ([]Key, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all, err := listing[[]Key](e, "keys")
	if err != nil || version == "" {
		return all, err
	}
	known, err := table[Versions](e, "versions")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(known.TemporalServers, version) {
		return nil, source.Wrong("", fmt.Sprintf("there is no catalogue of Temporal %q", version), "one of "+strings.Join(known.TemporalServers, ", "))
	}
	var of []Key
	for _, k := range all {
		if slices.Contains(k.Versions, version) {
			of = append(of, k.AsOf(version))
		}
	}
	return of, nil
}

// AsOf shows a key as an older version has it.
func (k Key) AsOf(version string) Key {
	was, _ := k.Was[version].(map[string]any)
	k.Was = nil
	// what replaces something is not merged with it
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

// Overridable lists every key that an override can name.
func (e *Engine) Overridable() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.keys()
}

func (e *Engine) keys() []string {
	all, err := listing[[]string](e, "overridable")
	if err != nil {
		return nil // they are for suggestions: without them the message stands alone
	}
	return all
}

// table evaluates one field of the schema, and what it needs.
func table[T any](e *Engine, name string) (T, error) { return tableOf[T](e, "schema", name) }

// listing reads one of the lists that no compile needs.
func listing[T any](e *Engine, name string) (T, error) {
	const of = "schema/listing"
	if e.byPath[modulePath+"/"+of] == nil {
		if err := e.add(modulePath + "/" + of); err != nil {
			var none T
			return none, err
		}
	}
	return tableOf[T](e, of, name)
}

func tableOf[T any](e *Engine, of, name string) (T, error) {
	var out T
	v, err := e.ask(func(s *statement) { s.set(name, ast.NewSel(s.use(modulePath+"/"+of), name)) })
	if err != nil {
		return out, err
	}
	if err := v.LookupPath(cue.MakePath(cue.Str(name))).Decode(&out); err != nil {
		return out, problems("read the "+name+" of the schema", err, e.module.root)
	}
	return out, nil
}

// ask evaluates a few references into the loaded packages, and no more of them.
func (e *Engine) ask(what func(*statement)) (cue.Value, error) {
	if err := e.core(); err != nil {
		return cue.Value{}, err
	}
	s := e.state()
	s.scoped = e.lasting(profileOnly)
	what(s)
	d, err := s.build()
	return d.value, err
}

// kindOf is the kind of a key, in any case; "" where there is no such key.
func (e *Engine) kindOf(key string) string {
	low := strings.ToLower(key)
	v, err := e.ask(func(s *statement) {
		s.set("curated", field(ast.NewSel(s.use(modulePath+"/schema"), "kinds"), low))
		s.set("catalogue", field(field(ast.NewSel(s.use(modulePath+"/schema/temporal"), "keys"), low), "kind"))
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

// Versions are the versions of the compiler and of what it knows.
type Versions struct {
	Compiler          string   `json:"compiler_version"`
	TemporalServers   []string `json:"temporal_server_versions"`
	PluginGenerations []string `json:"dsql_plugin_versions"`
}

// Versions reads them from the module.
func (e *Engine) Versions() (Versions, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return table[Versions](e, "versions")
}

// Supports refuses a server version and a plugin generation that nothing is known
// of; "" is whatever is taken where none is named.
func (e *Engine) Supports(server, plugin string) error {
	if server == "" && plugin == "" {
		return nil
	}
	known, err := e.Versions()
	if err != nil {
		return err
	}
	return known.support(cmp.Or(server, known.TemporalServers[0]), cmp.Or(plugin, known.PluginGenerations[0]))
}
