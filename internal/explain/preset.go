package explain

import (
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/policy"
)

// A Preset is what is asked of a scale, and all that follows from it.
type Preset struct {
	In      Subject `json:"in"`
	Summary string  `json:"summary"`
	// Range of the load that it is meant for, in state transitions a second.
	Range    Range  `json:"range"`
	Modifier string `json:"modifier_summary,omitempty"`

	SLO      []Value `json:"slo"`
	Topology []Value `json:"topology"`
	// Choices are what the preset decides for formulas to start from.
	Choices []Choice `json:"choices"`
	// Quantities are what the formulas share, each after those that it needs.
	Quantities []Quantity `json:"quantities"`
	// Locked are the safety parameters: derived, and checked when overridden.
	Locked   []Value    `json:"locked"`
	Tuning   []Value    `json:"tuning"`
	Promises []Promise  `json:"promises"`
	Findings []Judgment `json:"violations,omitempty"`
}

// A Range of load.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// A Value is a parameter with the chain that ends in it, and the guard rails
// that hold it.
type Value struct {
	Key        string      `json:"key"`
	Value      any         `json:"value"`
	Unit       string      `json:"unit,omitempty"`
	Source     string      `json:"source"`
	Purpose    string      `json:"purpose"`
	Rationale  string      `json:"rationale"`
	Change     string      `json:"change"`
	Chain      []string    `json:"derivation_chain"`
	Derivation *Derivation `json:"derivation,omitempty"`
	// Moves are the quantities and parameters that follow when it changes.
	Moves      []string `json:"moves"`
	GuardRails []string `json:"guard_rails"`
}

// A Choice of the preset, before and after the modifier.
type Choice struct {
	Name  string   `json:"name"`
	Value any      `json:"value"`
	Reads []string `json:"read_by"` // parameters and quantities
}

// A Promise is a bound that a running cluster keeps to.
type Promise struct {
	Metric string `json:"metric"`
	Doc    string `json:"doc"`
	Unit   string `json:"unit"`
	compile.Bounds
}

// A Reference is what is known whatever the deployment.
type Reference struct {
	Registry        []compile.Parameter
	Modifiers       []compile.Modifier
	Metrics         []compile.Metric
	Quotas, Margins map[string]compile.Quota
	Rules           []policy.Description
}

// NewPreset explains a preset, with a modifier where there is one. Each group
// of parameters is in the order of its keys.
func NewPreset(a *compile.Account, ref Reference) Preset {
	at := newAccount(a, ref.Quotas, ref.Margins)
	p := Preset{
		In: subject(a.Preset.Name, named, a.Profile), Summary: a.Preset.Summary,
		Range:   Range{a.Preset.Range.Min, a.Preset.Range.Max},
		Choices: []Choice{}, Promises: []Promise{}, Findings: judgments(a.Violations, nil),
	}
	for _, m := range ref.Modifiers {
		if m.Name == a.Profile.Modifier {
			p.Modifier = m.Summary
		}
	}
	byKey := index(ref.Registry)
	values := func(list []compile.Resolved) []Value {
		all := []Value{}
		for _, r := range list {
			all = append(all, at.value(r, byKey[r.Key], ref.Rules))
		}
		return all
	}
	p.SLO, p.Topology = values(a.Profile.SLOParams), values(a.Profile.TopologyParams)
	p.Locked, p.Tuning = values(a.Profile.SafetyParams), values(a.Profile.TuningParams)
	for _, name := range slices.Sorted(maps.Keys(a.Preset.Choices)) {
		p.Choices = append(p.Choices, Choice{name, a.Preset.Choices[name], at.choosing(name)})
	}
	var needs []compile.Input
	for _, name := range slices.Sorted(maps.Keys(a.Needs)) {
		needs = append(needs, compile.Input{Kind: compile.OfNeed, Of: name})
	}
	p.Quantities = at.quantities(compile.Formula{Inputs: needs})
	for _, metric := range slices.Sorted(maps.Keys(a.Preset.Promises)) {
		promise := Promise{Metric: metric, Bounds: a.Preset.Promises[metric]}
		for _, m := range ref.Metrics {
			if m.Name == metric {
				promise.Doc, promise.Unit = m.Doc, m.Unit
			}
		}
		p.Promises = append(p.Promises, promise)
	}
	return p
}

const named = "named"

func index(registry []compile.Parameter) map[string]compile.Parameter {
	byKey := map[string]compile.Parameter{}
	for _, p := range registry {
		byKey[p.Key] = p
	}
	return byKey
}

func (a account) value(r compile.Resolved, p compile.Parameter, rules []policy.Description) Value {
	v := Value{
		Key: r.Key, Value: r.Value, Unit: p.Unit, Source: r.Source, Purpose: p.Doc, Rationale: p.Rationale, Change: p.Change,
		Chain: append([]string{}, a.traces[r.Key].DerivationChain...), Moves: a.moves(r.Key), GuardRails: []string{},
	}
	if f, ok := a.follows(r.Key); ok {
		d := a.derivation(f)
		v.Derivation = &d
	}
	for _, rule := range rulesReading(r.Key, rules) {
		v.GuardRails = append(v.GuardRails, rule.Name)
	}
	return v
}

// moves are what follows a parameter: quantities first, then parameters.
func (a account) moves(key string) []string {
	found := []string{}
	for _, name := range slices.Sorted(maps.Keys(a.Needs)) {
		if _, reads := a.through(a.Needs[name], key); reads {
			found = append(found, name)
		}
	}
	for _, d := range a.dependents(key) {
		if d.Changes {
			found = append(found, d.Key)
		}
	}
	return found
}

// choosing are the formulas that start from a choice.
func (a account) choosing(name string) []string {
	found := []string{}
	for _, group := range []map[string]compile.Formula{a.Formulas, a.Needs} {
		for of, f := range group {
			if slices.ContainsFunc(f.Inputs, func(in compile.Input) bool { return in.Kind == compile.OfChoice && in.Of == name }) {
				found = append(found, of)
			}
		}
	}
	slices.Sort(found)
	return found
}
