package explain

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A Preset explains a preset, with all values that follow from it.
type Preset struct {
	Deployment Subject `json:"deployment"`
	Summary    string  `json:"summary"`
	// Range is the load that it is meant for, in state transitions per second.
	Range    Range  `json:"range"`
	Modifier string `json:"modifier_summary,omitempty"`

	SLO      []Value `json:"slo"`
	Topology []Value `json:"topology"`
	// Choices are the preset's values that formulas start from.
	Choices []Choice `json:"choices"`
	// Quantities are intermediate results of formulas, each after those that it needs.
	Quantities []Quantity `json:"quantities"`
	// Locked are the safety parameters: derived, and checked when overridden.
	Locked   []Value          `json:"locked"`
	Tuning   []Value          `json:"tuning"`
	Promises []Promise        `json:"promises"`
	Findings []policy.Finding `json:"violations,omitempty"`
	Warnings []policy.Finding `json:"warnings,omitempty"`
}

// A Range of load.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// A Value is a parameter with its derivation and the guard rails that read it.
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
	// Moves lists the quantities and parameters that change with it.
	Moves      []string `json:"moves"`
	GuardRails []string `json:"guard_rails"`
}

// A Choice of the preset, before and after the modifier.
type Choice struct {
	Name  string   `json:"name"`
	Value any      `json:"value"`
	Reads []string `json:"read_by"` // parameters and quantities
}

// A Promise bounds one metric of a running cluster.
type Promise struct {
	registry.Promise
	Doc  string `json:"doc"`
	Unit string `json:"unit"`
}

// Promises adds the description of its metric to each promise.
func Promises(all []registry.Promise, metrics []registry.Metric) []Promise {
	described := []Promise{}
	for _, p := range all {
		one := Promise{Promise: p}
		for _, m := range metrics {
			if m.Name == p.Metric {
				one.Doc, one.Unit = m.Doc, m.Unit
			}
		}
		described = append(described, one)
	}
	return described
}

// Text returns a promise as two lines: its metric with the bounds, and the reason with its
// source.
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
		line += fmt.Sprintf("%s %s %s %s", side.b.Statistic, side.sign, report.FormatValue(side.b.Value, ""), p.Unit)
		if side.b.Formula != "" {
			var where []string
			for _, name := range slices.Sorted(maps.Keys(side.b.Inputs)) {
				where = append(where, name+" = "+report.FormatValue(side.b.Inputs[name], ""))
			}
			line += fmt.Sprintf(" (%s, where %s)", side.b.Formula, strings.Join(where, ", "))
		}
	}
	return line, fmt.Sprintf("%s [%s]", p.Because, p.Source)
}

// A Reference has the facts that hold for every deployment.
type Reference struct {
	Registry        []registry.Parameter
	Modifiers       []registry.Modifier
	Metrics         []registry.Metric
	Quotas, Margins map[string]registry.Quota
	Rules           []policy.Description
}

// NewPreset explains a preset, with its modifier if there is one. The parameters of a group
// are sorted by key.
func NewPreset(a *compile.Explanation, ref Reference) Preset {
	x := newExplainer(a, ref.Quotas, ref.Margins)
	p := Preset{
		Deployment: newSubject(a.Preset.Name, ChosenByName, a.Profile), Summary: a.Preset.Summary,
		Range:   Range{a.Preset.Range.Min, a.Preset.Range.Max},
		Choices: []Choice{}, Findings: violationFindings(a.Violations), Warnings: violationFindings(a.Warnings),
	}
	for _, m := range ref.Modifiers {
		if m.Name == a.Profile.Modifier {
			p.Modifier = m.Summary
		}
	}
	byKey := parametersByKey(ref.Registry)
	values := func(list []artefact.ResolvedParameter) []Value {
		all := []Value{}
		for _, r := range list {
			all = append(all, x.newValue(r, byKey[r.Key], ref.Rules))
		}
		return all
	}
	p.SLO, p.Topology = values(a.Profile.SLOParams), values(a.Profile.TopologyParams)
	p.Locked, p.Tuning = values(a.Profile.SafetyParams), values(a.Profile.TuningParams)
	for _, name := range slices.Sorted(maps.Keys(a.Preset.Choices)) {
		p.Choices = append(p.Choices, Choice{name, a.Preset.Choices[name], x.formulasWithChoice(name)})
	}
	var needs []compile.Input
	for _, name := range slices.Sorted(maps.Keys(a.Needs)) {
		needs = append(needs, compile.Input{Kind: compile.InputNeed, RefersTo: name})
	}
	p.Quantities = x.quantities(compile.Formula{Inputs: needs})
	p.Promises = Promises(a.Promises, ref.Metrics)
	return p
}

func parametersByKey(known []registry.Parameter) map[string]registry.Parameter {
	byKey := map[string]registry.Parameter{}
	for _, p := range known {
		byKey[p.Key] = p
	}
	return byKey
}

func (a explainer) newValue(r artefact.ResolvedParameter, p registry.Parameter, rules []policy.Description) Value {
	v := Value{
		Key: r.Key, Value: r.Value, Unit: p.Unit, Source: r.Source, Purpose: p.Doc, Rationale: p.Rationale, Change: p.Change,
		Chain: append([]string{}, a.traces[r.Key].DerivationChain...), Moves: a.listEffects(r.Key), GuardRails: []string{},
	}
	if f, ok := a.activeFormula(r.Key); ok {
		d := a.newDerivation(f)
		v.Derivation = &d
	}
	for _, rule := range rulesReading(r.Key, rules) {
		v.GuardRails = append(v.GuardRails, rule.Name)
	}
	return v
}

// listEffects returns the quantities, and then the parameters, that change with a parameter.
func (a explainer) listEffects(key string) []string {
	found := []string{}
	for _, name := range slices.Sorted(maps.Keys(a.Needs)) {
		if _, reads := a.findPath(a.Needs[name], key); reads {
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

// formulasWithChoice returns the names of the formulas that read a choice of the preset.
func (a explainer) formulasWithChoice(name string) []string {
	found := []string{}
	for _, group := range []map[string]compile.Formula{a.Formulas, a.Needs} {
		for formula, f := range group {
			isChoice := func(in compile.Input) bool { return in.Kind == compile.InputChoice && in.RefersTo == name }
			if slices.ContainsFunc(f.Inputs, isChoice) {
				found = append(found, formula)
			}
		}
	}
	slices.Sort(found)
	return found
}

// Text prints the explanation of a preset.
func (d Preset) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	title := d.Deployment.Preset
	if d.Deployment.Modifier != "" {
		title += " + " + d.Deployment.Modifier
	}
	p.line("%s", p.Bold(title))
	p.line("  %s", d.Summary)
	if d.Modifier != "" {
		p.line("  %s: %s", d.Deployment.Modifier, d.Modifier)
	}
	p.line("  For %s to %s st/s.", report.FormatValue(d.Range.Min, ""), report.FormatValue(d.Range.Max, ""))
	p.line("  %s", d.Deployment.describe())
	p.findings("Refused", d.Findings)
	p.findings("Accepted with a warning", d.Warnings)
	p.values("SLO", d.SLO)
	p.values("Topology", d.Topology)
	p.section("Choices of the preset")
	for _, c := range d.Choices {
		p.line("  %s = %s, read by %s", c.Name, report.FormatValue(c.Value, ""), strings.Join(c.Reads, ", "))
	}
	p.section("Quantities that formulas share")
	for _, q := range d.Quantities {
		p.line("  %s", q.Name)
		p.derivation(q.Derivation)
	}
	p.values("Safety", d.Locked)
	p.values("Tuning", d.Tuning)
	p.section("Promises of a running cluster")
	for _, b := range d.Promises {
		line, why := b.Text()
		p.line("  %s", line)
		p.line("    %s", b.Doc)
		p.line("    %s", why)
	}
}

func (p page) values(title string, values []Value) {
	p.section(title)
	for _, v := range values {
		p.line("  %s = %s (%s, change: %s)", v.Key, report.FormatValue(v.Value, v.Unit), v.Source, v.Change)
		p.line("    %s", v.Purpose)
		p.line("    %s", v.Rationale)
		for _, c := range v.Chain {
			p.line("    - %s", c)
		}
		if v.Derivation != nil {
			p.line("    = %s", v.Derivation.Filled)
			for _, in := range v.Derivation.Inputs {
				p.line("      %s", in.describe())
			}
		}
		if len(v.Moves) > 0 {
			p.line("    moves %s", strings.Join(v.Moves, ", "))
		}
		if len(v.GuardRails) > 0 {
			p.line("    read by guard rails %s", strings.Join(v.GuardRails, ", "))
		}
	}
}
