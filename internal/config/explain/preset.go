package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
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
	Locked   []Value          `json:"locked"`
	Tuning   []Value          `json:"tuning"`
	Promises []Promise        `json:"promises"`
	Findings []policy.Finding `json:"violations,omitempty"`
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

// A Promise is what a running cluster keeps to, of one metric.
type Promise struct {
	registry.Promise
	Doc  string `json:"doc"`
	Unit string `json:"unit"`
}

// Promises adds to what is promised what the metrics are.
func Promises(all []registry.Promise, metrics []registry.Metric) []Promise {
	told := []Promise{}
	for _, p := range all {
		one := Promise{Promise: p}
		for _, m := range metrics {
			if m.Name == p.Metric {
				one.Doc, one.Unit = m.Doc, m.Unit
			}
		}
		told = append(told, one)
	}
	return told
}

// Text of a promise: the metric with its bounds, and why, with the source.
func (p Promise) Text() (line, why string) {
	line = p.Metric + ": "
	for i, side := range []struct {
		b    *registry.Bound
		sign string
	}{{p.Lower, ">="}, {p.Upper, "<="}} {
		if side.b == nil {
			continue
		}
		if i == 1 && p.Lower != nil {
			line += ", "
		}
		line += fmt.Sprintf("%s %s %s %s", side.b.Statistic, side.sign, text(side.b.Value), p.Unit)
		if side.b.Formula != "" {
			var where []string
			for _, name := range slices.Sorted(maps.Keys(side.b.Inputs)) {
				where = append(where, name+" = "+text(side.b.Inputs[name]))
			}
			line += fmt.Sprintf(" (%s, where %s)", side.b.Formula, strings.Join(where, ", "))
		}
	}
	return line, fmt.Sprintf("%s [%s]", p.Because, p.Source)
}

// A Reference is what is known whatever the deployment.
type Reference struct {
	Registry        []registry.Parameter
	Modifiers       []registry.Modifier
	Metrics         []registry.Metric
	Quotas, Margins map[string]registry.Quota
	Rules           []policy.Description
}

// NewPreset explains a preset, with a modifier where there is one. Each group
// of parameters is in the order of its keys.
func NewPreset(a *compile.Explanation, ref Reference) Preset {
	at := newAccount(a, ref.Quotas, ref.Margins)
	p := Preset{
		In: subject(a.Preset.Name, named, a.Profile), Summary: a.Preset.Summary,
		Range:   Range{a.Preset.Range.Min, a.Preset.Range.Max},
		Choices: []Choice{}, Findings: violationFindings(a.Violations),
	}
	for _, m := range ref.Modifiers {
		if m.Name == a.Profile.Modifier {
			p.Modifier = m.Summary
		}
	}
	byKey := index(ref.Registry)
	values := func(list []artefact.ResolvedParameter) []Value {
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
		needs = append(needs, compile.Input{Kind: compile.InputNeed, Of: name})
	}
	p.Quantities = at.quantities(compile.Formula{Inputs: needs})
	p.Promises = Promises(a.Promises, ref.Metrics)
	return p
}

const named = "named"

func index(known []registry.Parameter) map[string]registry.Parameter {
	byKey := map[string]registry.Parameter{}
	for _, p := range known {
		byKey[p.Key] = p
	}
	return byKey
}

func (a account) value(r artefact.ResolvedParameter, p registry.Parameter, rules []policy.Description) Value {
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
			if slices.ContainsFunc(f.Inputs, func(in compile.Input) bool { return in.Kind == compile.InputChoice && in.Of == name }) {
				found = append(found, of)
			}
		}
	}
	slices.Sort(found)
	return found
}
