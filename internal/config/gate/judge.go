// Package gate decides whether deployments may pass: it compiles or reads each,
// asks the policies, and gathers what they say with its place in the user's
// source.
package gate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Judgement is how deployments are judged.
type Judgement struct {
	Rules *policy.Rules
	// Complete says that no rule is left out, so that a waiver can name no other.
	Complete bool
	Today    time.Time
}

// Judge gathers what is wrong with a compile: constraint violations, what the
// rules say but for what is waived, and what is wrong with the waivers.
func (j Judgement) Judge(ctx context.Context, result *artefact.Result) (report.Subject, error) {
	subject := report.Subject{Name: result.Name, File: result.FindPlace(nil).File, Findings: []report.Finding{}}
	add := func(f policy.Finding, at source.Pos) {
		subject.Findings = append(subject.Findings, report.Finding{Finding: f, Pos: at})
	}
	for _, v := range result.Violations {
		add(policy.Finding{
			RuleName: v.RuleName, Severity: v.Severity, Message: v.Message, ParameterKeys: v.ParameterKeys, Remediation: v.Remediation,
		}, v.Pos)
	}
	found, err := j.Rules.Judge(ctx, result.JSON)
	if err != nil {
		return subject, err
	}
	if len(result.Profile.Waivers) > 0 {
		waivers := make([]policy.Waiver, 0, len(result.Profile.Waivers))
		for _, w := range result.Profile.Waivers {
			waivers = append(waivers, policy.Waiver(w))
		}
		var about []policy.WaiverFinding
		if found, about, err = j.Rules.Waive(ctx, found, waivers, j.Today, j.Complete); err != nil {
			return subject, err
		}
		for _, f := range about {
			add(f.Finding, result.FindWaiverPlace(f.Nth))
		}
	}
	for _, f := range found {
		add(f, result.FindPlace(f.ParameterKeys))
	}
	slices.SortStableFunc(subject.Findings, func(a, b report.Finding) int {
		return cmp.Compare(slices.Index(gravest, a.Severity), slices.Index(gravest, b.Severity))
	})
	return subject, nil
}

// gravest first; what is as grave keeps the order of violations and rules
var gravest = []string{policy.Error, policy.Warning, policy.Waived}
