// Package config has the commands of the compiler: compile, diff, explain, gate, capacity and size.
package config

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
		a.capacityCommand(),
		a.compileCommand(),
		a.diffCommand(),
		a.explainCommand(),
		a.gateCommand(),
		a.sizeCommand(),
	}
}
