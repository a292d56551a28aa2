package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func (a *app) profileTables() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "tables {" + strings.Join(store.Databases(), "|") + "}", Short: "Print the SQL that makes the service's tables",
		Long: `Tables prints the SQL that makes the tables of the list of profiles, for those who
let no program do it. A service makes them itself where its role may; where they
are all there, it needs no more than SELECT, INSERT, UPDATE and DELETE.

Each statement is a transaction of its own, and may run twice: after an upgrade of
temporal-dsql, run them again.`,
		Example: `  temporal-dsql profile tables dsql | psql "host=abc.dsql.eu-west-1.on.aws user=admin dbname=postgres sslmode=require"
  temporal-dsql profile tables postgres > tables.sql`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: store.Databases(),
		RunE: func(_ *cobra.Command, args []string) error {
			statements, ok := store.Tables(args[0])
			if !ok {
				return usageError{fmt.Sprintf("no tables are made in %q", args[0]), "one of " + strings.Join(store.Databases(), ", ") + "; SQLite's are always made"}
			}
			return a.print(f, statements, func(w io.Writer, _ report.Style) {
				for _, s := range statements {
					fmt.Fprintf(w, "%s;\n", strings.ReplaceAll(s, "\n\t", "\n"))
				}
			})
		},
	}
	f.flag(cmd)
	return cmd
}
