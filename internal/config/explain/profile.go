package explain

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A Profile explains a compiled config profile: its preset, its overrides, and the
// derivation of each value.
type Profile struct {
	Deployment      Subject `json:"deployment"`
	CompilerVersion string  `json:"compiler_version"`
	// Missing lists what the available files do not show.
	Missing []string `json:"missing,omitempty"`

	Overrides []Override `json:"overrides"`
	// Findings lists schema violations too.
	Findings []policy.Finding `json:"guard_rails_fired"`
	// Values are all values except the registry's defaults, sorted by classification and key.
	Values []TracedValue `json:"values"`
}

// An Override is a value that the user set. Before is null if it is unknown.
type Override struct {
	Key            string `json:"key"`
	Classification string `json:"classification"`
	Before         any    `json:"before"`
	After          any    `json:"after"`
	Unit           string `json:"unit,omitempty"`
	Change         string `json:"change,omitempty"`
}

// A TracedValue is a value with its derivation.
type TracedValue struct {
	Key            string   `json:"key"`
	Classification string   `json:"classification"`
	Value          any      `json:"value"`
	Unit           string   `json:"unit,omitempty"`
	Source         string   `json:"source"`
	Chain          []string `json:"derivation_chain"`
	Formula        string   `json:"formula,omitempty"`
	Filled         string   `json:"filled,omitempty"`
}

// NewProfile explains a profile by its trace and its findings.
func NewProfile(a *compile.Explanation, registry []registry.Parameter, findings []policy.Finding, target, chosen string) Profile {
	p := a.Profile
	out := Profile{
		Deployment: newSubject(target, chosen, p), CompilerVersion: p.CompilerVersion,
		Overrides: []Override{}, Findings: append([]policy.Finding{}, findings...), Values: []TracedValue{},
	}
	byKey, traces := parametersByKey(registry), map[string]artefact.Trace{}
	for _, t := range a.Trace {
		traces[t.ParameterKey] = t
	}
	for _, r := range p.Params() {
		t, ok := traces[r.Key]
		if !ok {
			out.Missing = append(out.Missing, "derivation of "+r.Key+": the trace does not have it")
		}
		if r.Source == "override" {
			p := byKey[r.Key]
			out.Overrides = append(out.Overrides, Override{r.Key, r.Classification, t.BaseValue, r.Value, p.Unit, p.Change})
		}
		if r.Source == "default" {
			continue
		}
		v := TracedValue{
			Key: r.Key, Classification: r.Classification, Value: r.Value, Unit: byKey[r.Key].Unit, Source: r.Source,
			Formula: t.Formula, Chain: append([]string{}, t.DerivationChain...),
		}
		if t.Formula != "" {
			v.Filled = fillFormula(t.Formula, traceInputs(t))
		}
		out.Values = append(out.Values, v)
	}
	if len(a.Trace) == 0 {
		out.Missing = []string{"derivations: there is no trace.json next to the profile"}
	}
	return out
}

func traceInputs(t artefact.Trace) []Input {
	var all []Input
	for _, name := range slices.Sorted(maps.Keys(t.Inputs)) {
		all = append(all, Input{Name: name, Value: t.Inputs[name]})
	}
	return all
}

func violationFindings(violations []artefact.Violation) []policy.Finding {
	all := []policy.Finding{}
	for _, v := range violations {
		all = append(all, check.ViolationFinding(v))
	}
	return all
}

// isSameKey compares keys without case, as servers do.
func isSameKey(a, b string) bool { return strings.EqualFold(a, b) }

func (p page) findings(title string, all []policy.Finding) {
	if len(all) == 0 {
		return
	}
	p.section(title)
	for _, f := range all {
		p.line("  %s: %s: %s", f.Severity, f.RuleName, f.Message)
		p.line("    reads %s", strings.Join(f.ParameterKeys, ", "))
		p.line("    %s", f.Advice())
	}
}

// Text prints the explanation of a compiled profile.
func (d Profile) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	p.line("%s", p.Bold(d.Deployment.Name))
	p.line("  %s, compiler %s", d.Deployment.describe(), d.CompilerVersion)
	for _, m := range d.Missing {
		p.line("  not known: %s", m)
	}
	p.section("Overrides")
	if len(d.Overrides) == 0 {
		p.line("  none")
	}
	for _, o := range d.Overrides {
		before := "not known"
		if o.Before != nil {
			before = report.FormatValue(o.Before, o.Unit)
		}
		line := fmt.Sprintf("  %s (%s): %s -> %s", o.Key, o.Classification, before, report.FormatValue(o.After, o.Unit))
		if o.Change != "" {
			line += ", change: " + o.Change
		}
		p.line("%s", line)
	}
	if len(d.Findings) == 0 {
		p.section("Guard rails that fired")
		p.line("  none")
	}
	p.findings("Guard rails that fired", d.Findings)
	p.section("Where the values come from")
	for _, v := range d.Values {
		p.line("  %s = %s (%s, %s)", v.Key, report.FormatValue(v.Value, v.Unit), v.Classification, v.Source)
		for _, c := range v.Chain {
			p.line("    - %s", c)
		}
		if v.Formula != "" {
			p.line("    %s", v.Formula)
			p.line("    = %s", v.Filled)
		}
	}
}
