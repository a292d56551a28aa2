package command

import (
	"fmt"
	"strings"
)

// ServerVersion returns a server's version without the v of a tag: 1.31.2 for v1.31.2.
func ServerVersion(version string) string { return strings.TrimPrefix(version, "v") }

// ServerUsage describes the flag --temporal-version.
const ServerUsage = "Temporal server version as MAJOR.MINOR.PATCH, or MAJOR.MINOR for its newest known patch (see version)"

// PrintServerWarning prints the warning about a server that is newer than the catalogue; "" means none.
func (a *App) PrintServerWarning(warning string) {
	if warning != "" {
		fmt.Fprintf(a.Stderr, "temporal-dsql: warning: %s\n  remedy: update temporal-dsql\n", warning)
	}
}
