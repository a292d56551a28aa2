// Package profile has the commands of behaviour profiles, their assessments, conformance and recommendations.
package profile

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
		a.assessCommand(),
		a.conformanceCommand(),
		a.profileCommand(),
		a.recommendCommand(),
	}
}
