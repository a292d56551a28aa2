// Package running has the commands that read the configuration of a running cluster: lint and migrate.
package running

import (
	"github.com/spf13/cobra"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
)

// app holds what the commands of this package share.
type app struct{ *command.App }

// Commands returns the commands of this package.
func Commands(shared *command.App) []*cobra.Command {
	a := &app{shared}
	return []*cobra.Command{
		a.lintCommand(),
		a.migrateCommand(),
	}
}
