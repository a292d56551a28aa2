package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A Rule explains a guard rail, another policy, or a rule of the schema: a constraint, a
// gate rule or a lint rule.
type Rule struct {
	Name       string      `json:"rule_name"`
	Kind       string      `json:"kind"` // guard rail, constraint, lint rule and so on
	Title      string      `json:"title"`
	Severity   string      `json:"severity"`
	Rationale  string      `json:"rationale"`
	Remedy     string      `json:"remedy"`
	Source     string      `json:"source,omitempty"`
	URL        string      `json:"url,omitempty"`
	Parameters []ParamRef  `json:"parameters"`
	Numbers    []NumberRef `json:"numbers"`
	File       string      `json:"file,omitempty"`
	Computes   string      `json:"computes,omitempty"` // its Rego
}

// A ParamRef is a parameter that a rule reads.
type ParamRef struct {
	Key            string `json:"key"`
	Classification string `json:"classification"`
	Purpose        string `json:"purpose"`
}

// A NumberRef is a limit, a margin or a planned number of the preset that a rule reads.
// Value is null for a planned number, because each preset has its own.
type NumberRef struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Value  any    `json:"value"`
	Unit   string `json:"unit,omitempty"`
	Source string `json:"source,omitempty"`
	AsOf   string `json:"as_of,omitempty"`
}

// NewRule explains a guard rail, or another policy.
func NewRule(kind string, d policy.Description, known []registry.Parameter, quotas, margins map[string]registry.Quota) Rule {
	r := Rule{
		Name: d.Name, Kind: kind, Title: d.Title, Severity: d.Severity, Rationale: d.Description, Remedy: d.Remedy,
		Source: d.Source, URL: d.URL, File: d.Pos.File, Computes: d.Code, Parameters: []ParamRef{}, Numbers: []NumberRef{},
	}
	byKey := parametersByKey(known)
	for _, key := range d.Parameters {
		r.Parameters = append(r.Parameters, ParamRef{key, byKey[key].Classification, byKey[key].Doc})
	}
	numbers := func(kind string, names []string, from map[string]registry.Quota) {
		for _, name := range names {
			n := NumberRef{Name: name, Kind: kind}
			if q, ok := from[name]; ok {
				n.Value, n.Unit, n.Source, n.AsOf = q.Value, q.Unit, q.Source, q.AsOf
			}
			r.Numbers = append(r.Numbers, n)
		}
	}
	numbers(compile.InputQuota, d.Limits, quotas)
	numbers(compile.InputMargin, d.Margins, margins)
	numbers("plan of the preset", d.Planned, nil)
	numbers(compile.InputNeed, d.Needs, nil)
	return r
}

// NewConstraint explains a rule of the schema.
func NewConstraint(name string, c registry.Constraint) Rule {
	return Rule{
		Name: name, Kind: c.Kind, Title: c.Title, Severity: c.Severity, Rationale: c.Description, Remedy: c.Remedy,
		Parameters: []ParamRef{}, Numbers: []NumberRef{},
	}
}

// Text prints the explanation of a rule.
func (r Rule) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	p.line("%s", p.Bold(strings.TrimSuffix(r.Name+": "+r.Title, ": ")))
	p.line("  %s\n", r.Rationale)
	p.facts([][2]string{
		{"kind", r.Kind},
		{"severity", r.Severity},
		{"remedy", r.Remedy},
		{"source", r.Source},
		{"see", r.URL},
		{"file", r.File},
	}...)
	if len(r.Parameters) > 0 {
		p.section("Parameters that it reads")
		for _, x := range r.Parameters {
			p.line("  %s (%s): %s", x.Key, x.Classification, x.Purpose)
		}
	}
	if len(r.Numbers) > 0 {
		p.section("Numbers that it compares with")
		for _, n := range r.Numbers {
			line := fmt.Sprintf("  %s: %s", n.Name, n.Kind)
			if n.Value != nil {
				line += fmt.Sprintf(", %s (%s", report.FormatValue(n.Value, n.Unit), n.Source)
				if n.AsOf != "" {
					line += ", " + n.AsOf
				}
				line += ")"
			}
			p.line("%s", line)
		}
	}
	if r.Computes != "" {
		p.section("Rego")
		for _, line := range strings.Split(r.Computes, "\n") {
			p.line("%s", strings.TrimRight("  "+line, " "))
		}
	}
}
