// Package module has the commands that show what a CUE module offers, and those that write one and its dashboards.
package module

import (
	"github.com/spf13/cobra"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// app holds what the commands of this package share.
type app struct {
	*command.App
	deploymentSchema SchemaFunc
}

// SchemaFunc returns the JSON Schema of a deployment.
type SchemaFunc func(*compile.Engine) ([]byte, error)

// Commands returns the commands of this package.
func Commands(shared *command.App, deploymentSchema SchemaFunc) []*cobra.Command {
	a := &app{shared, deploymentSchema}
	return []*cobra.Command{
		a.dashboardsCommand(),
		a.describePresetCommand(),
		a.initCommand(),
		a.keysCommand(),
		a.listAdaptersCommand(),
		a.listMetricsCommand(),
		a.listModifiersCommand(),
		a.listPresetsCommand(),
		a.versionCommand(),
	}
}
