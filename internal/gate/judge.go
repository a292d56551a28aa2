// Package gate decides whether deployments may pass: it compiles or reads each,
// asks the policies, and gathers what they say with its place in the user's
// source.
package gate

import (
	"cmp"
	"context"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/report"
)

// Judge gathers what is wrong with a compile: constraint violations, and what
// the rules say.
func Judge(ctx context.Context, rules *policy.Rules, result *compile.Result) (report.Subject, error) {
	subject := report.Subject{Name: result.Name, File: result.Place(nil).File, Findings: []report.Finding{}}
	for _, v := range result.Violations {
		subject.Findings = append(subject.Findings, report.Finding{Pos: v.Pos, Finding: policy.Finding{
			RuleName: v.RuleName, Severity: v.Severity, Message: v.Message, ParameterKeys: v.ParameterKeys, Remediation: v.Remediation,
		}})
	}
	found, err := rules.Judge(ctx, result.JSON)
	if err != nil {
		return subject, err
	}
	for _, f := range found {
		subject.Findings = append(subject.Findings, report.Finding{Pos: result.Place(f.ParameterKeys), Finding: f})
	}
	// errors first; the order is else that of violations and rules
	slices.SortStableFunc(subject.Findings, func(a, b report.Finding) int { return cmp.Compare(a.Severity, b.Severity) })
	return subject, nil
}
