package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Rule is a deny, warn or violation rule with its METADATA.
type Rule struct {
	// Name is the stable name of its findings: the name that they state, or PACKAGE.RULE.
	// A guard rail states the last part of its package.
	Name        string     `json:"name"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Severity    string     `json:"severity"`
	Parameters  []string   `json:"parameters,omitempty"`
	Remedy      string     `json:"remedy,omitempty"`
	Source      string     `json:"source,omitempty"` // where its figures come from
	URL         string     `json:"url,omitempty"`    // where to read more
	Pos         source.Pos `json:"position"`

	optional []string // keys that the rule reads where a profile has them
}

// severityByVerdict maps the names of rules, as conftest has them, to the severity of
// their findings. A rule is called deny, for example, or deny_NAME.
var severityByVerdict = map[string]string{"deny": Error, "violation": Error, "warn": Warning}

// severityOf returns the severity of a rule's findings, or "" for a rule that makes none.
func severityOf(rule string) string {
	verdict, _, _ := strings.Cut(rule, "_")
	return severityByVerdict[verdict]
}

// ruleQuery is a rule with its compiled reference.
type ruleQuery struct {
	Rule // named PACKAGE.RULE, like a finding without a name
	ref  ast.Ref
	// namedRules has the names that findings state, each with the METADATA of the rule
	// body that states it. hasUnnamed reports whether any finding has no name.
	namedRules []Rule
	hasUnnamed bool
}

// rules returns one rule for each name that the findings can have.
func (q ruleQuery) rules() []Rule {
	if q.hasUnnamed {
		return append([]Rule{q.Rule}, q.namedRules...)
	}
	return q.namedRules
}

// ruleNamed returns the rule with a name that a finding states.
func (q ruleQuery) ruleNamed(name string) Rule {
	for _, r := range q.namedRules {
		if r.Name == name {
			return r
		}
	}
	return q.Rule
}

// rulesOf returns the rules that make findings, sorted by name.
func rulesOf(modules map[string]*ast.Module) []ruleQuery {
	var all []ruleQuery
	known := packagesOf(modules)
	for _, rules := range known {
		for name, bodies := range rules {
			severity := severityOf(name)
			// a rule with arguments or a key is a helper of another rule
			bodies = slices.DeleteFunc(slices.Clone(bodies), func(b ruleBody) bool {
				return len(b.Head.Args) > 0 || len(b.Head.Ref()) > 1 && b.Head.Key == nil
			})
			if severity != "" && len(bodies) > 0 {
				all = append(all, known.joinBodies(bodies, name, severity))
			}
		}
	}
	slices.SortFunc(all, compareByName)
	return all
}

// joinBodies makes one rule of its bodies.
func (p packages) joinBodies(bodies []ruleBody, name, severity string) ruleQuery {
	path := bodies[0].module.Package.Path
	out := ruleQuery{ref: path.Append(ast.StringTerm(name))}
	out.Rule = ruleFromMetadata(bodies[0].module, bodies[0].Rule, severity)
	out.Name = fallbackName(path, name)
	for _, b := range bodies {
		names := p.statedNames(b)
		out.hasUnnamed = out.hasUnnamed || len(names) == 0
		for _, n := range names {
			if !slices.ContainsFunc(out.namedRules, func(r Rule) bool { return r.Name == n }) {
				named := ruleFromMetadata(b.module, b.Rule, severity)
				named.Name = n
				out.namedRules = append(out.namedRules, named)
			}
		}
	}
	return out
}

func compareByName(a, b ruleQuery) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ref.String(), b.ref.String()))
}

// ruleFromMetadata reads the METADATA of a rule: its own, or else its package's.
func ruleFromMetadata(m *ast.Module, r *ast.Rule, severity string) Rule {
	out := Rule{Severity: severity, Pos: posOf(r.Loc())}
	var metadata *ast.Annotations
	for _, a := range m.Annotations {
		switch a.Scope {
		case "package":
			if metadata == nil {
				metadata = a
			}
		case "rule", "document":
			if target := a.GetTargetPath(); len(target) > 0 && target.Equal(r.Ref().GroundPrefix()) {
				metadata = a
			}
		}
	}
	if metadata == nil {
		return out
	}
	customText := func(key string) string {
		s, _ := metadata.Custom[key].(string)
		return strings.TrimSpace(s)
	}
	out.Title, out.Description = strings.TrimSpace(metadata.Title), strings.TrimSpace(metadata.Description)
	out.Remedy, out.Source = customText("remedy"), customText("source")
	if len(metadata.RelatedResources) > 0 {
		out.URL = metadata.RelatedResources[0].Ref.String()
	}
	keys := func(field string) (found []string) {
		all, _ := metadata.Custom[field].([]any)
		for _, k := range all {
			found = append(found, fmt.Sprint(k))
		}
		return found
	}
	out.Parameters, out.optional = keys("parameters"), keys("optional")
	return out
}

func posOf(location *ast.Location) source.Pos {
	if location == nil {
		return source.Pos{}
	}
	return source.Pos{File: location.File, Line: location.Row, Column: location.Col}
}
