// Package gate checks deployments: it compiles or reads each, evaluates the policies, and
// reports their findings at their places in the user's source.
package gate

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// CheckSubject checks a compile and returns it with its findings, for a report.
func CheckSubject(ctx context.Context, result *artefact.Result, o check.Options) (report.Subject, error) {
	findings, err := check.ListFindings(ctx, result, o)
	return report.Subject{Name: result.Name, File: result.FindPlace(nil).File, Findings: findings}, err
}
