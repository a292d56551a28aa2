package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// newToken is a token, once, and the line by which a service knows it.
type newToken struct {
	Name  string `json:"name"`
	Token string `json:"token"`
	Line  string `json:"line"`
}

func (a *app) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Make tokens for the profile service", Example: "  temporal-dsql token new grafana",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tokenNewCommand())
	return cmd
}

func (a *app) tokenNewCommand() *cobra.Command {
	var f format
	var scopes []string
	var days int
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Make a token",
		Long: `Make a token. It is printed once: whoever has it may do what its scopes say.
The service knows it by the line below it, which holds a hash of it and goes into
the file that serve --tokens names.`,
		Example: `  temporal-dsql token new grafana
  temporal-dsql token new ci --scope read,write --days 90 -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var may []api.Scope
			for _, s := range scopes {
				may = append(may, api.Scope(s))
			}
			var until time.Time
			if days > 0 {
				until = a.now().UTC().AddDate(0, 0, days)
			}
			secret, line, err := api.NewToken(args[0], may, until)
			if err != nil {
				return usageError{err.Error(), ""}
			}
			return a.print(f, newToken{args[0], secret, line}, func(w io.Writer, _ report.Style) {
				fmt.Fprintf(w, "token (shown only now): %s\nline for serve --tokens: %s\n", secret, line)
			})
		},
	}
	cmd.Flags().StringSliceVar(&scopes, "scope", []string{string(api.Read)}, "what it may: read; write, which includes it")
	cmd.Flags().IntVar(&days, "days", 0, "days that it is good for (default for ever)")
	f.flag(cmd)
	return cmd
}
