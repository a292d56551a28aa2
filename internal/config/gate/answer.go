package gate

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// assemble makes the answer of the outcomes, in the order of the paths.
func (g *run) assemble(ctx context.Context, all []outcome) (*Answer, error) {
	for _, in := range g.roots {
		if _, err := in.rules(); err != nil {
			return nil, err
		}
	}
	out := &Answer{Report: report.Report{Kind: "deployment"}}
	waived := false
	for _, j := range all {
		var input *source.Error
		switch {
		case j.fault != nil:
			return nil, j.fault
		case j.skipped:
		case j.err == nil:
			out.Subjects, out.Version = append(out.Subjects, j.subject), j.version
			waived = waived || j.waived
			if j.absent {
				out.Absent = append(out.Absent, j.subject.Name)
			}
		case errors.As(j.err, &input):
			out.Unreadable++
			out.Subjects = append(out.Subjects, unreadableSubject(j.path, cmp.Or(j.rule, "unreadable_deployment"), input))
		default:
			return nil, j.err
		}
	}
	if g.deployed != nil && len(out.Absent) > 0 && len(out.Absent) == len(out.Subjects) {
		return nil, source.Wrong(
			readingDeployed,
			g.Against+" has none of these deployments",
			"name a folder that has a folder with a profile.json for each, under the deployment's name",
		)
	}
	var names []string
	for _, s := range out.Subjects {
		if !s.NotEvaluated {
			names = append(names, s.Name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		out.Extent = "checked: " + strings.Join(names, ", ") + "\n"
	}
	return out, g.addRules(ctx, out, waived)
}

// addRules adds the evaluated rules, the results of policy tests, and the coverage of the
// policies.
func (g *run) addRules(ctx context.Context, out *Answer, waived bool) error {
	seen := map[string]bool{}
	add := func(rules []policy.Rule) {
		for _, r := range rules {
			if !seen[r.Name] {
				seen[r.Name] = true
				out.Rules = append(out.Rules, r)
			}
		}
	}
	for _, in := range g.roots {
		rules, err := in.rules()
		if err != nil {
			return err
		}
		add(rules.All())
		if waived {
			waiverRules, err := rules.WaiverRules(ctx)
			if err != nil {
				return err
			}
			add(waiverRules)
		}
		if g.Coverage {
			out.Coverage = append(out.Coverage, rules.Coverage()...)
		}
		if g.Verify {
			engine, err := compile.New(in.dir)
			if err != nil {
				return err
			}
			missing, err := findMissingPaths(rules, engine)
			if err != nil {
				return err
			}
			out.Subjects = append(out.Subjects, missing...)
			tests, err := rules.Verify(ctx)
			if err != nil {
				return err
			}
			out.Tests += len(tests)
			out.Subjects = append(out.Subjects, failedTests(tests)...)
		}
	}
	constraints, err := g.constraintRules(out.Subjects, seen)
	add(constraints)
	slices.SortFunc(out.Rules, func(a, b policy.Rule) int { return strings.Compare(a.Name, b.Name) })
	return err
}

// constraintRules returns the rules of findings that come from the schema, not from a policy.
func (g *run) constraintRules(subjects []report.Subject, policies map[string]bool) ([]policy.Rule, error) {
	var named []string
	for _, s := range subjects {
		for _, f := range s.Findings {
			if !policies[f.RuleName] && !slices.Contains(named, f.RuleName) {
				named = append(named, f.RuleName)
			}
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	engine, err := compile.New(g.roots[0].dir)
	if err != nil {
		return nil, err
	}
	known, err := engine.Constraints()
	if err != nil {
		return nil, err
	}
	var rules []policy.Rule
	for _, name := range named {
		if c, ok := known[name]; ok {
			rules = append(rules, policy.Rule{
				Name: name, Title: c.Title, Description: c.Description, Severity: c.Severity, Remedy: c.Remedy,
			})
		}
	}
	return rules, nil
}

// unreadableSubject reports the errors of an unreadable path as findings.
func unreadableSubject(path, rule string, why *source.Error) report.Subject {
	s := report.Subject{Name: filepath.ToSlash(path), File: filepath.ToSlash(path), NotEvaluated: true}
	for _, p := range why.Problems {
		message := p.Message
		if why.Doing != "" {
			message = why.Doing + ": " + message
		}
		if p.Pos.IsZero() {
			p.Pos.File = s.File
		}
		s.Findings = append(s.Findings, report.Finding{Pos: p.Pos, Finding: policy.Finding{
			RuleName: rule, Severity: policy.Error, Message: message, Remedy: p.Remedy, ParameterKeys: []string{},
		}})
	}
	return s
}
