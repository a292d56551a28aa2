package profile

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

func (a *app) profileTablesCommand() *cobra.Command {
	var f command.FormatFlag
	cmd := &cobra.Command{
		Use: "tables {" + strings.Join(index.Databases(), "|") + "}", Short: "Print the SQL of the service's tables",
		Long: `Tables prints the SQL that creates the service's tables, to run by hand. The service
creates missing tables itself if its role is allowed to. If all tables exist, it needs
only SELECT, INSERT, UPDATE and DELETE.

Run each statement in its own transaction. The statements can run again: run them
after each upgrade of temporal-dsql.`,
		Example: `  temporal-dsql profile tables dsql | psql "host=abc.dsql.eu-west-1.on.aws user=admin dbname=postgres sslmode=require"
  temporal-dsql profile tables postgres > tables.sql`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: index.Databases(),
		RunE: func(_ *cobra.Command, args []string) error {
			statements, ok := index.Tables(args[0])
			if !ok {
				return command.NewUsageError(fmt.Sprintf("unknown database %q", args[0]),
					"use one of "+strings.Join(index.Databases(), ", ")+"; SQLite tables are created automatically")

			}
			return a.PrintDocument(f, statements, func(w io.Writer, _ report.Style) {
				for _, s := range statements {
					fmt.Fprintf(w, "%s;\n", strings.ReplaceAll(s, "\n\t", "\n"))
				}
			})
		},
	}
	f.Register(cmd)
	return cmd
}
