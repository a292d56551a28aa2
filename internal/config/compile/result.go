package compile

import (
	"fmt"

	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Result is one compile. Files is nil while Violations is not empty.
type Result struct {
	Name       string
	Profile    Profile
	Trace      []Trace
	JSON       []byte // the config profile as policies read it
	Violations []Violation
	Files      map[string]string
	Snippets   []Snippet
	// what the platforms' files leave to fill in, sorted by name
	Placeholders []Placeholder

	external []executable
	places
}

// A Profile is a resolved config profile. Values are null, booleans, numbers,
// strings, or lists and structs of them.
type Profile struct {
	Name                  string             `json:"name" yaml:"name"`
	PresetName            string             `json:"preset_name" yaml:"preset_name"`
	Modifier              string             `json:"modifier" yaml:"modifier"`
	Overrides             map[string]any     `json:"overrides" yaml:"overrides"`
	SLOParams             []Resolved         `json:"slo_params" yaml:"slo_params"`
	TopologyParams        []Resolved         `json:"topology_params" yaml:"topology_params"`
	SafetyParams          []Resolved         `json:"safety_params" yaml:"safety_params"`
	TuningParams          []Resolved         `json:"tuning_params" yaml:"tuning_params"`
	TemporalServerVersion string             `json:"temporal_server_version" yaml:"temporal_server_version"`
	DSQLPluginVersion     string             `json:"dsql_plugin_version" yaml:"dsql_plugin_version"`
	CompilerVersion       string             `json:"compiler_version" yaml:"compiler_version"`
	Deployed              map[string]any     `json:"deployed,omitempty" yaml:"deployed,omitempty"`
	Waivers               []Waiver           `json:"waivers,omitempty" yaml:"waivers,omitempty"`
	Limits                map[string]float64 `json:"limits" yaml:"limits"`
	Margins               map[string]float64 `json:"margins" yaml:"margins"`
	Planned               map[string]float64 `json:"planned" yaml:"planned"`
}

// Params is every parameter of the profile: slo, topology, safety, tuning.
func (p Profile) Params() []Resolved {
	var all []Resolved
	for _, list := range [][]Resolved{p.SLOParams, p.TopologyParams, p.SafetyParams, p.TuningParams} {
		all = append(all, list...)
	}
	return all
}

// Resolved is a parameter with its value and the layer that it comes from.
type Resolved struct {
	Key            string `json:"key" yaml:"key"`
	Value          any    `json:"value" yaml:"value"`
	Classification string `json:"classification" yaml:"classification"`
	Source         string `json:"source" yaml:"source"`
}

// A Waiver lets a deployment live with what a rule says of it, until a day.
type Waiver struct {
	Rule    string `json:"rule" yaml:"rule"`
	Reason  string `json:"reason" yaml:"reason"`
	Owner   string `json:"owner" yaml:"owner"`
	Expires string `json:"expires" yaml:"expires"`
}

// Trace says how a value came about.
type Trace struct {
	ParameterKey    string         `json:"parameter_key" yaml:"parameter_key"`
	Source          string         `json:"source" yaml:"source"`
	BaseValue       any            `json:"base_value" yaml:"base_value"`
	FinalValue      any            `json:"final_value" yaml:"final_value"`
	DerivationChain []string       `json:"derivation_chain" yaml:"derivation_chain"`
	Formula         string         `json:"formula,omitempty" yaml:"formula,omitempty"`
	Inputs          map[string]any `json:"inputs,omitempty" yaml:"inputs,omitempty"`
}

// A Placeholder is a ${NAME} without a value in the files of a platform.
type Placeholder struct {
	Name    string   `json:"name"`
	Purpose string   `json:"purpose"` // empty where it comes from the adapter of a user
	Files   []string `json:"files"`
}

// A Violation is a constraint that something given does not meet.
type Violation struct {
	RuleName      string     `json:"rule_name"`
	Severity      string     `json:"severity"`
	Message       string     `json:"message"`
	ParameterKeys []string   `json:"parameter_keys"`
	Remediation   string     `json:"remediation"`
	Field         string     `json:"field"` // of the deployment, by its path, where it is about one
	Pos           source.Pos `json:"-"`
}

// A Snippet is a file of an adapter.
type Snippet struct {
	Adapter  string `json:"-"`
	Kind     string `json:"-"`
	Language string `json:"language"`
	Filename string `json:"filename"`
	Content  string `json:"content"`
}

// Compile resolves a request and renders its files. What is wrong with the
// values given is in the result's Violations; an error is something that cannot
// be read at all.
func (e *Engine) Compile(r Request) (*Result, error) { return e.compile(r, filed) }

// Resolve is a compile that stops at the profile: enough for judging it, and
// less than half of the work. There is neither trace nor file in its result.
func (e *Engine) Resolve(r Request) (*Result, error) { return e.compile(r, profileOnly) }

func (e *Engine) compile(r Request, how extent) (*Result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.deployment(r, how)
	if err != nil {
		return nil, err
	}
	return e.result(d, how)
}

func (e *Engine) result(d described, how extent) (*Result, error) {
	out := &Result{external: d.external, places: e.places(d)}
	if err := d.decode("violations", &out.Violations); err != nil {
		return nil, problems("", err, e.module.root)
	}
	rendered := how == filed && len(out.Violations) == 0
	if len(out.Violations) > 0 {
		e.place(out)
	} else if err := d.value.Err(); err != nil {
		return nil, problems("", err, e.module.root)
	}
	if rendered {
		if err := d.decode("files", &out.Files); err != nil {
			return nil, problems("", err, e.module.root)
		}
		if err := d.decode("placeholders", &out.Placeholders); err != nil {
			return nil, problems("", err, e.module.root)
		}
	}
	if err := e.read(d, how, out); err != nil {
		return nil, err
	}
	if rendered {
		return out, e.snippets(d.field("rendered"), out)
	}
	return out, nil
}

// read takes profile and trace from the files, where there are any.
func (e *Engine) read(d described, how extent, out *Result) error {
	of := func(name, field string) ([]byte, error) {
		if file, ok := out.Files[name]; ok {
			return []byte(file), nil
		}
		data, err := d.field(field).MarshalJSON()
		if err != nil {
			return nil, problems("", err, e.module.root)
		}
		return data, nil
	}
	profile, err := of(profileName, "profile")
	if err != nil {
		return err
	}
	trace := []byte("[]")
	if how != profileOnly {
		if trace, err = of(traceName, "trace"); err != nil {
			return err
		}
	}
	return out.read(profile, trace)
}

func (r *Result) read(profile, trace []byte) error {
	r.JSON = profile
	if err := decodeJSON(profile, &r.Profile); err != nil {
		return fmt.Errorf("decode profile: %w", err)
	}
	if err := decodeJSON(trace, &r.Trace); err != nil {
		return fmt.Errorf("decode trace: %w", err)
	}
	r.Name = r.Profile.Name
	return nil
}

// snippets tells which files are whose.
func (e *Engine) snippets(rendered cue.Value, out *Result) error {
	fields, err := rendered.Fields()
	if err != nil {
		return problems("", err, e.module.root)
	}
	for fields.Next() {
		var a struct {
			Kind, Language string
			Names          []string
		}
		if err := fields.Value().Decode(&a); err != nil {
			return problems("", err, e.module.root)
		}
		for _, name := range a.Names {
			out.Snippets = append(out.Snippets, Snippet{
				Adapter: fields.Selector().Unquoted(), Kind: a.Kind, Language: a.Language,
				Filename: name, Content: out.Files[name],
			})
		}
	}
	return nil
}
