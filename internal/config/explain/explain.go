// Package explain explains a key, a preset, a compiled profile or a rule. All its facts come
// from the registry, the trace, the formulas, the catalogue and the METADATA of the rules, so
// there is no prose to keep in sync with them.
package explain

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A Subject is the deployment that a value is explained in.
type Subject struct {
	Target          string `json:"target"` // the preset or path
	Chosen          string `json:"chosen"` // how it was chosen
	Name            string `json:"name"`
	Preset          string `json:"preset"`
	Modifier        string `json:"modifier,omitempty"`
	TemporalVersion string `json:"temporal_server_version"`
	PluginVersion   string `json:"dsql_plugin_version"`
}

// ChosenByName is how a deployment was chosen that the command names.
const ChosenByName = "as the command says"

func newSubject(target, chosen string, p artefact.Profile) Subject {
	return Subject{
		Target: target, Chosen: chosen, Name: p.Name, Preset: p.PresetName, Modifier: p.Modifier,
		TemporalVersion: p.TemporalServerVersion, PluginVersion: p.DSQLPluginVersion,
	}
}

// A Derivation is a formula, with and without its numbers filled in.
type Derivation struct {
	Formula string  `json:"formula"`
	Filled  string  `json:"filled"`
	Value   any     `json:"value"`
	Inputs  []Input `json:"inputs"`
}

// An Input is a value that a formula reads, with its origin.
type Input struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	Kind  string `json:"kind,omitempty"`
	// RefersTo is the key or name of the parameter, quota or quantity.
	RefersTo string `json:"refers_to,omitempty"`
	// Layer is the layer that a parameter's value comes from.
	Layer string `json:"layer,omitempty"`
	// Source, AsOf and Unit are those of a quota or margin. Raised is the quota that AWS
	// publishes, if this cluster has a larger one.
	Source string `json:"source,omitempty"`
	AsOf   string `json:"as_of,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Raised any    `json:"raised_from,omitempty"`
}

// A Quantity is an intermediate result that several formulas share.
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

// formulaWord matches a name in a formula, or text in quotes.
var formulaWord = regexp.MustCompile(`"[^"]*"|[A-Za-z_][A-Za-z0-9_]*`)

// fillFormula puts the values of the inputs into a formula.
func fillFormula(formula string, traceInputs []Input) string {
	return formulaWord.ReplaceAllStringFunc(formula, func(w string) string {
		for _, in := range traceInputs {
			if in.Name == w {
				return report.FormatValue(in.Value, "")
			}
		}
		return w
	})
}

// An explainer derives values from their formulas.
type explainer struct {
	*compile.Explanation
	values          map[string]artefact.ResolvedParameter
	traces          map[string]artefact.Trace
	quotas, margins map[string]registry.Quota
}

func newExplainer(a *compile.Explanation, quotas, margins map[string]registry.Quota) explainer {
	out := explainer{
		Explanation: a, values: map[string]artefact.ResolvedParameter{}, traces: map[string]artefact.Trace{},
		quotas: quotas, margins: margins,
	}
	for _, p := range a.Profile.Params() {
		out.values[p.Key] = p
	}
	for _, t := range a.Trace {
		out.traces[t.ParameterKey] = t
	}
	return out
}

func (a explainer) newDerivation(f compile.Formula) Derivation {
	d := Derivation{Formula: f.Text, Value: f.Value, Inputs: []Input{}}
	for _, in := range f.Inputs {
		x := Input{Name: in.Name, Value: in.Value, Kind: in.Kind, RefersTo: in.RefersTo}
		switch in.Kind {
		case compile.InputParameter:
			x.Layer = a.values[in.RefersTo].Source
		case compile.InputQuota, compile.InputMargin:
			q := a.quotas[in.RefersTo]
			if in.Kind == compile.InputMargin {
				q = a.margins[in.RefersTo]
			}
			x.Source, x.AsOf, x.Unit = q.Source, q.AsOf, q.Unit
			if report.FormatValue(q.Value, "") != report.FormatValue(in.Value, "") {
				x.Raised = q.Value
			}
		}
		d.Inputs = append(d.Inputs, x)
	}
	d.Filled = fillFormula(d.Formula, d.Inputs)
	return d
}

// quantities returns the quantities that a formula needs, directly or not, each after those
// that it needs itself.
func (a explainer) quantities(f compile.Formula) []Quantity {
	var all []Quantity
	a.collectQuantities(f, &all)
	return all
}

func (a explainer) collectQuantities(f compile.Formula, all *[]Quantity) {
	for _, in := range f.Inputs {
		known := slices.ContainsFunc(*all, func(q Quantity) bool { return q.Name == in.RefersTo })
		if need, ok := a.Needs[in.RefersTo]; ok && in.Kind == compile.InputNeed && !known {
			a.collectQuantities(need, all)
			*all = append(*all, Quantity{in.RefersTo, a.newDerivation(need)})
		}
	}
}

// findPath returns the quantities through which a formula reads a parameter, outermost
// first, and whether it reads it.
func (a explainer) findPath(f compile.Formula, key string) (path []string, reads bool) {
	for _, in := range f.Inputs {
		if in.Kind == compile.InputParameter && in.RefersTo == key {
			return nil, true
		}
	}
	for _, in := range f.Inputs {
		if in.Kind != compile.InputNeed {
			continue
		}
		if inner, ok := a.findPath(a.Needs[in.RefersTo], key); ok {
			return append([]string{in.RefersTo}, inner...), true
		}
	}
	return nil, false
}

// activeFormula returns the formula that a parameter's value comes from, if any: its own, or
// the floor of its modifier.
func (a explainer) activeFormula(key string) (compile.Formula, bool) {
	var f compile.Formula
	var ok bool
	switch a.values[key].Source {
	case "derived":
		if f, ok = a.Formulas[key]; !ok {
			f, ok = a.Floors[key]
		}
	case "modifier":
		f, ok = a.Floors[key]
	}
	return f, ok
}

// movingFormula returns the formula that can change a parameter's value: the active one, or what
// the load needs of a value that the preset states.
func (a explainer) movingFormula(key string) (compile.Formula, bool) {
	if f, ok := a.activeFormula(key); ok || a.values[key].Source != "preset" {
		return f, ok
	}
	f, ok := a.Floors[key]
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
