package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Rule is a deny, warn or violation rule, and what its METADATA says of it.
type Rule struct {
	// Name is the stable name of its findings: the one that they state, which for a guard
	// rail is the last part of its package, else PACKAGE.RULE.
	Name        string     `json:"name"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Severity    string     `json:"severity"`
	Parameters  []string   `json:"parameters,omitempty"`
	Remedy      string     `json:"remedy,omitempty"`
	Source      string     `json:"source,omitempty"` // where its figures come from
	URL         string     `json:"url,omitempty"`    // where to read more
	Pos         source.Pos `json:"position"`
}

// verdicts are the severities of findings by the rules that make them, in
// conftest's style: deny, or deny_ with a name of its own.
var verdicts = map[string]string{"deny": Error, "violation": Error, "warn": Warning}

// severityOf a rule by its name; "" where it is none that makes findings.
func severityOf(rule string) string {
	verdict, _, _ := strings.Cut(rule, "_")
	return verdicts[verdict]
}

// asked is a rule with the query that evaluates it.
type asked struct {
	Rule // named PACKAGE.RULE, as a finding that states no name
	ref  ast.Ref
	// stated are the names that its findings state, each with the METADATA of the rule
	// body that states it; unnamed reports whether any finding states none.
	stated  []Rule
	unnamed bool
}

// rules returns one rule for each name that the findings can have.
func (a asked) rules() []Rule {
	if a.unnamed {
		return append([]Rule{a.Rule}, a.stated...)
	}
	return a.stated
}

// as returns the rule under a name that a finding states.
func (a asked) as(name string) Rule {
	for _, r := range a.stated {
		if r.Name == name {
			return r
		}
	}
	return a.Rule
}

// rulesOf lists the rules of modules that make findings, by name.
func rulesOf(modules map[string]*ast.Module) []asked {
	var all []asked
	known := packagesOf(modules)
	for _, rules := range known {
		for name, bodies := range rules {
			severity := severityOf(name)
			// a rule with arguments or a key is a helper of another rule
			bodies = slices.DeleteFunc(slices.Clone(bodies), func(b ruleBody) bool {
				return len(b.Head.Args) > 0 || len(b.Head.Ref()) > 1 && b.Head.Key == nil
			})
			if severity != "" && len(bodies) > 0 {
				all = append(all, known.asked(bodies, name, severity))
			}
		}
	}
	slices.SortFunc(all, byName)
	return all
}

// asked joins the bodies of one rule.
func (p packages) asked(bodies []ruleBody, name, severity string) asked {
	path := bodies[0].module.Package.Path
	out := asked{ref: path.Append(ast.StringTerm(name))}
	out.Rule = about(bodies[0].module, bodies[0].Rule, severity)
	out.Name = fallbackName(path, name)
	for _, b := range bodies {
		names := p.statedNames(b)
		out.unnamed = out.unnamed || len(names) == 0
		for _, n := range names {
			if !slices.ContainsFunc(out.stated, func(r Rule) bool { return r.Name == n }) {
				stated := about(b.module, b.Rule, severity)
				stated.Name = n
				out.stated = append(out.stated, stated)
			}
		}
	}
	return out
}

func byName(a, b asked) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ref.String(), b.ref.String()))
}

// about reads the METADATA of a rule: its own, else its package's.
func about(m *ast.Module, r *ast.Rule, severity string) Rule {
	out := Rule{Severity: severity, Pos: posOf(r.Loc())}
	var said *ast.Annotations
	for _, a := range m.Annotations {
		switch a.Scope {
		case "package":
			if said == nil {
				said = a
			}
		case "rule", "document":
			if target := a.GetTargetPath(); len(target) > 0 && target.Equal(r.Ref().GroundPrefix()) {
				said = a
			}
		}
	}
	if said == nil {
		return out
	}
	text := func(key string) string {
		s, _ := said.Custom[key].(string)
		return strings.TrimSpace(s)
	}
	out.Title, out.Description = strings.TrimSpace(said.Title), strings.TrimSpace(said.Description)
	out.Remedy, out.Source = text("remedy"), text("source")
	if len(said.RelatedResources) > 0 {
		out.URL = said.RelatedResources[0].Ref.String()
	}
	if keys, ok := said.Custom["parameters"].([]any); ok {
		for _, k := range keys {
			out.Parameters = append(out.Parameters, fmt.Sprint(k))
		}
	}
	return out
}

func posOf(at *ast.Location) source.Pos {
	if at == nil {
		return source.Pos{}
	}
	return source.Pos{File: at.File, Line: at.Row, Column: at.Col}
}
