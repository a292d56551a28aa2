package command

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// ServerVersion returns a server's version without the v of a tag: 1.31.2 for v1.31.2.
func ServerVersion(version string) string { return strings.TrimPrefix(version, "v") }

// ServerUsage describes the flag --temporal-version.
const ServerUsage = "Temporal server version as MAJOR.MINOR.PATCH, or MAJOR.MINOR for its newest known patch (see version)"

// WarnOfServer prints the warning of a server that is newer than the catalogue; "" is none.
func (a *App) WarnOfServer(warning string) {
	if warning != "" {
		fmt.Fprintf(a.Stderr, "temporal-dsql: warning: %s\n  remedy: update temporal-dsql\n", warning)
	}
}

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
