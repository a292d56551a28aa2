// Package gate decides whether deployments may pass: it compiles or reads each,
// asks the policies, and gathers what they say with its place in the user's
// source.
package gate

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// CheckSubject checks a compile and returns it with its findings, as reports show it.
func CheckSubject(ctx context.Context, result *artefact.Result, o check.Options) (report.Subject, error) {
	findings, err := check.ListFindings(ctx, result, o)
	return report.Subject{Name: result.Name, File: result.FindPlace(nil).File, Findings: findings}, err
}
