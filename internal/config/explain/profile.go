package explain

import (
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A Profile is a compiled config profile: where it starts, what was laid on top,
// and how each value came about.
type Profile struct {
	In              Subject `json:"in"`
	CompilerVersion string  `json:"compiler_version"`
	// Missing says what the files at hand do not tell.
	Missing []string `json:"missing,omitempty"`

	Overrides []Override `json:"overrides"`
	// Findings lists schema violations too.
	Findings []policy.Finding `json:"guard_rails_fired"`
	// Values are all that do not have the registry's default, in the order of
	// classification and key.
	Values []Traced `json:"values"`
}

// An Override is a value that the adopter laid on top. Before is null where it is not known.
type Override struct {
	Key            string `json:"key"`
	Classification string `json:"classification"`
	Before         any    `json:"before"`
	After          any    `json:"after"`
	Unit           string `json:"unit,omitempty"`
	Change         string `json:"change,omitempty"`
}

// A Traced value of a profile.
type Traced struct {
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
		In: subject(target, chosen, p), CompilerVersion: p.CompilerVersion,
		Overrides: []Override{}, Findings: append([]policy.Finding{}, findings...), Values: []Traced{},
	}
	byKey, traces := index(registry), map[string]artefact.Trace{}
	for _, t := range a.Trace {
		traces[t.ParameterKey] = t
	}
	for _, r := range p.Params() {
		t, ok := traces[r.Key]
		if !ok {
			out.Missing = append(out.Missing, "how "+r.Key+" came about: the trace does not have it")
		}
		if r.Source == "override" {
			out.Overrides = append(out.Overrides, Override{r.Key, r.Classification, t.BaseValue, r.Value, byKey[r.Key].Unit, byKey[r.Key].Change})
		}
		if r.Source == "default" {
			continue
		}
		v := Traced{Key: r.Key, Classification: r.Classification, Value: r.Value, Unit: byKey[r.Key].Unit, Source: r.Source, Formula: t.Formula, Chain: append([]string{}, t.DerivationChain...)}
		if t.Formula != "" {
			v.Filled = fill(t.Formula, inputs(t))
		}
		out.Values = append(out.Values, v)
	}
	if len(a.Trace) == 0 {
		out.Missing = []string{"how the values came about: there is no trace.json beside the profile"}
	}
	return out
}

func inputs(t artefact.Trace) []Input {
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

// sameKey compares as servers do: without case.
func sameKey(a, b string) bool { return strings.EqualFold(a, b) }
