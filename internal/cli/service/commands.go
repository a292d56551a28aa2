// Package service has the commands that run the service and its worker, and create its tokens.
package service

import (
	"github.com/spf13/cobra"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
)

// app holds what the commands of this package share.
type app struct{ localservice.App }

// Commands returns the commands of this package.
func Commands(shared *command.App) []*cobra.Command {
	a := &app{localservice.App{App: shared}}
	return []*cobra.Command{
		a.serveCommand(),
		a.tokenCommand(),
		a.workerCommand(),
	}
}
