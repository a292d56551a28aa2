// Package explain tells why a configuration is what it is: a key, a preset, a
// compiled profile, a rule. Everything it says is read from the registry, the
// trace, the formulas, the catalogue and the METADATA of the rules; it makes up
// no sentence about any of them.
package explain

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A Subject is the deployment that a value is explained in.
type Subject struct {
	Target          string `json:"target"` // the preset or path
	Chosen          string `json:"chosen"` // why this one
	Name            string `json:"name"`
	Preset          string `json:"preset"`
	Modifier        string `json:"modifier,omitempty"`
	TemporalVersion string `json:"temporal_server_version"`
	PluginVersion   string `json:"dsql_plugin_version"`
}

func subject(target, chosen string, p artefact.Profile) Subject {
	return Subject{
		Target: target, Chosen: chosen, Name: p.Name, Preset: p.PresetName, Modifier: p.Modifier,
		TemporalVersion: p.TemporalServerVersion, PluginVersion: p.DSQLPluginVersion,
	}
}

// A Derivation is a formula, and the same with its numbers filled in.
type Derivation struct {
	Formula string  `json:"formula"`
	Filled  string  `json:"filled"`
	Value   any     `json:"value"`
	Inputs  []Input `json:"inputs"`
}

// An Input is what a formula reads: what it is, and where that comes from.
type Input struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	Kind  string `json:"kind,omitempty"`
	Of    string `json:"of,omitempty"`
	// Layer that a parameter's value comes from.
	Layer string `json:"layer,omitempty"`
	// Source, date and unit of a quota or margin; Raised is the quota as AWS
	// publishes it, where this cluster has a larger one.
	Source string `json:"source,omitempty"`
	AsOf   string `json:"as_of,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Raised any    `json:"raised_from,omitempty"`
}

// A Quantity is what several formulas share.
type Quantity struct {
	Name string `json:"name"`
	Derivation
}

// A RuleRef is a guard rail, by name.
type RuleRef struct {
	Name     string `json:"rule_name"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
}

// word is a name in a formula; what stands in quotes is none.
var word = regexp.MustCompile(`"[^"]*"|[A-Za-z_][A-Za-z0-9_]*`)

// fill puts the values of the inputs into a formula.
func fill(formula string, inputs []Input) string {
	return word.ReplaceAllStringFunc(formula, func(w string) string {
		for _, in := range inputs {
			if in.Name == w {
				return text(in.Value)
			}
		}
		return w
	})
}

// text writes a value as people do: strings bare, everything else as JSON.
func text(v any) string {
	if s, ok := v.(string); ok {
		if s == "" {
			return `""`
		}
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(data)
}

// An account makes derivations of formulas.
type account struct {
	*compile.Explanation
	values          map[string]artefact.ResolvedParameter
	traces          map[string]artefact.Trace
	quotas, margins map[string]registry.Quota
}

func newAccount(a *compile.Explanation, quotas, margins map[string]registry.Quota) account {
	out := account{Explanation: a, values: map[string]artefact.ResolvedParameter{}, traces: map[string]artefact.Trace{}, quotas: quotas, margins: margins}
	for _, p := range a.Profile.Params() {
		out.values[p.Key] = p
	}
	for _, t := range a.Trace {
		out.traces[t.ParameterKey] = t
	}
	return out
}

func (a account) derivation(f compile.Formula) Derivation {
	d := Derivation{Formula: f.Text, Value: f.Value, Inputs: []Input{}}
	for _, in := range f.Inputs {
		x := Input{Name: in.Name, Value: in.Value, Kind: in.Kind, Of: in.Of}
		switch in.Kind {
		case compile.InputParameter:
			x.Layer = a.values[in.Of].Source
		case compile.InputQuota, compile.InputMargin:
			q := a.quotas[in.Of]
			if in.Kind == compile.InputMargin {
				q = a.margins[in.Of]
			}
			x.Source, x.AsOf, x.Unit = q.Source, q.AsOf, q.Unit
			if text(q.Value) != text(in.Value) {
				x.Raised = q.Value
			}
		}
		d.Inputs = append(d.Inputs, x)
	}
	d.Filled = fill(d.Formula, d.Inputs)
	return d
}

// quantities are those that a formula needs, whatever it takes to get at them:
// each after those that it needs itself.
func (a account) quantities(f compile.Formula) []Quantity {
	var all []Quantity
	a.gather(f, &all)
	return all
}

func (a account) gather(f compile.Formula, all *[]Quantity) {
	for _, in := range f.Inputs {
		known := slices.ContainsFunc(*all, func(q Quantity) bool { return q.Name == in.Of })
		if need, ok := a.Needs[in.Of]; ok && in.Kind == compile.InputNeed && !known {
			a.gather(need, all)
			*all = append(*all, Quantity{in.Of, a.derivation(need)})
		}
	}
}

// through tells by which quantities a formula reads a parameter, outermost
// first, and whether it does.
func (a account) through(f compile.Formula, key string) (path []string, reads bool) {
	for _, in := range f.Inputs {
		if in.Kind == compile.InputParameter && in.Of == key {
			return nil, true
		}
	}
	for _, in := range f.Inputs {
		if in.Kind != compile.InputNeed {
			continue
		}
		if inner, ok := a.through(a.Needs[in.Of], key); ok {
			return append([]string{in.Of}, inner...), true
		}
	}
	return nil, false
}

// follows is the formula that a parameter's value really follows, if any: its
// own, or the floor under which its modifier may not take it.
func (a account) follows(key string) (compile.Formula, bool) {
	var f compile.Formula
	var ok bool
	switch a.values[key].Source {
	case "derived":
		f, ok = a.Formulas[key]
	case "modifier":
		f, ok = a.Floors[key]
	}
	return f, ok
}

func rulesReading(key string, rules []policy.Description) []RuleRef {
	found := []RuleRef{}
	for _, r := range rules {
		if r.Reads(key) {
			found = append(found, RuleRef{r.Name, r.Severity, r.Title})
		}
	}
	slices.SortFunc(found, func(a, b RuleRef) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Name, b.Name))
	})
	return found
}
