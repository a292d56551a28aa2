package command

import (
	"context"
	"io/fs"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// PreparedRules are guard rails, or the error of their preparation.
type PreparedRules struct {
	Rules *policy.Rules
	Err   error
}

// PrepareRules prepares the guard rails and the policies of the folders while the engine loads.
func PrepareRules(ctx context.Context, tree fs.FS, own ...string) <-chan PreparedRules {
	done := make(chan PreparedRules, 1)
	go func() {
		rules, err := policy.PrepareWithOwn(ctx, tree, own)
		done <- PreparedRules{Rules: rules, Err: err}
	}()
	return done
}
