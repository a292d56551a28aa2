package service

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// TokenDocument is a new token and its line of the tokens file.
type TokenDocument struct {
	Name  string `json:"name"`
	Token string `json:"token"`
	Line  string `json:"line"`
}

func (a *app) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Create tokens for the profile service", Example: "  temporal-dsql token new grafana",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tokenNewCommand())
	return cmd
}

func (a *app) tokenNewCommand() *cobra.Command {
	var f command.FormatFlag
	var scopes []string
	var days int
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Create a token",
		Long: `New prints a new token and its line for the file of serve --tokens. The line contains
only a hash. The token cannot be printed again. It grants its scopes to any client
that sends it.`,
		Example: `  temporal-dsql token new grafana
  temporal-dsql token new ci --scope read,write --days 90 -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var may []access.Scope
			for _, s := range scopes {
				if known := []string{string(access.Read), string(access.Write)}; !slices.Contains(known, s) {
					return suggest.UnknownName("scope", s, known)
				}
				may = append(may, access.Scope(s))
			}
			var until time.Time
			if days > 0 {
				until = a.Now().UTC().AddDate(0, 0, days)
			}
			secret, line, err := access.NewToken(args[0], may, until)
			if err != nil {
				return command.NewUsageError(err.Error(), "")
			}
			return a.PrintDocument(f, TokenDocument{args[0], secret, line}, func(w io.Writer, _ report.Style) {
				fmt.Fprintf(w, "token (shown only once): %s\nline for serve --tokens: %s\n", secret, line)
			})
		},
	}
	cmd.Flags().StringSliceVar(&scopes, "scope", []string{string(access.Read)}, "scopes: read or write; write includes read")
	cmd.Flags().IntVar(&days, "days", 0, "days until it expires (default: never)")
	f.Register(cmd)
	return cmd
}
