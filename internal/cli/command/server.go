package command

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// ServerVersion returns a server's version without the v of a tag: 1.31.2 for v1.31.2.
func ServerVersion(version string) string { return strings.TrimPrefix(version, "v") }

// ServerUsage describes the flag --temporal-version.
const ServerUsage = "Temporal server version as MAJOR.MINOR.PATCH, or MAJOR.MINOR for its newest known patch (see version)"

// WarnOfServer warns on stderr of a server that is newer than the catalogue.
func (a *App) WarnOfServer(engine *compile.Engine, version string) error {
	if version == "" {
		return nil
	}
	known, err := engine.Versions()
	if err != nil {
		return err
	}
	if release, ok := known.Release(version); ok && release.IsNewer {
		fmt.Fprintf(a.Stderr, "temporal-dsql: warning: %s\n  remedy: update temporal-dsql\n", release.Warning())
	}
	return nil
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
