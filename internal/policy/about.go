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
	// Name is the stable name that its findings carry: the last part of the
	// package of a guard rail, PACKAGE.RULE of any other policy.
	Name        string     `json:"name"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Severity    string     `json:"severity"`
	Parameters  []string   `json:"parameters,omitempty"`
	Remediation string     `json:"remediation,omitempty"`
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

// asked is a rule with the query that asks it.
type asked struct {
	Rule
	ref ast.Ref
}

// rulesOf lists the rules of modules that make findings, by name.
func rulesOf(modules map[string]*ast.Module) []asked {
	found := map[string]asked{}
	for _, m := range modules {
		for _, r := range m.Rules {
			ref := r.Head.Ref()
			severity := severityOf(ref[0].Value.String())
			// what takes arguments, or has a key, is another policy's helper
			if severity == "" || len(r.Head.Args) > 0 || len(ref) > 1 && r.Head.Key == nil {
				continue
			}
			path := m.Package.Path.Append(ast.StringTerm(ref[0].Value.String()))
			if known, ok := found[path.String()]; ok && known.Pos.Line <= r.Loc().Row {
				continue
			}
			found[path.String()] = asked{about(m, r, severity), path}
		}
	}
	all := make([]asked, 0, len(found))
	for _, r := range found {
		all = append(all, r)
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b asked) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ref.String(), b.ref.String()))
}

// about reads the METADATA of a rule: its own, else its package's.
func about(m *ast.Module, r *ast.Rule, severity string) Rule {
	out := Rule{Name: nameOf(m, r), Severity: severity, Pos: posOf(r.Loc())}
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
	out.Remediation, out.Source = text("remediation"), text("source")
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

// nameOf a rule: what lib.rule calls it, where the rule is built on that.
func nameOf(m *ast.Module, r *ast.Rule) string {
	parts := strings.Split(strings.TrimPrefix(m.Package.Path.String(), "data."), ".")
	for _, i := range m.Imports {
		if i.Path.String() == "data.lib.rule" {
			return parts[len(parts)-1]
		}
	}
	return strings.Join(parts, ".") + "." + r.Head.Ref()[0].Value.String()
}

func posOf(at *ast.Location) source.Pos {
	if at == nil {
		return source.Pos{}
	}
	return source.Pos{File: at.File, Line: at.Row, Column: at.Col}
}
