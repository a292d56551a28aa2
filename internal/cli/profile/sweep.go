package profile

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func (a *app) profileSweepCommand() *cobra.Command {
	var k localservice.StoreFlags
	var f command.FormatFlag
	var repair, discard bool
	grace := store.SweepGrace
	cmd := &cobra.Command{
		Use: "sweep", Short: "Find and repair incomplete profiles",
		Long: `Sweep compares the documents of the store with its list. A crash or an outage can
leave an unlisted document or an unfinished deletion; --repair completes them, as
serve does every hour. It also restores the profiles, baselines and assessments of a
lost index. A listed profile with a lost document stays listed unless
--discard-lost removes it; baselines always stay. Sweep accesses the store directly,
not through a service; services can keep running.

Exit code 1 means that something still needs repair.`,
		Example: `  temporal-dsql profile sweep
  temporal-dsql profile sweep --repair --bucket s3://profiles --database dsql://abc.dsql.eu-west-1.on.aws`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if grace < 0 {
				return command.NewUsageError("--grace: must not be negative", "use a duration such as 1h")
			}
			kept, err := a.OpenStore(cmd.Context(), k, nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, kept.Close()) }()
			repairs := store.Report
			switch {
			case discard:
				repairs = store.Discard
			case repair:
				repairs = store.Finish
			}
			found, err := kept.Sweep(cmd.Context(), grace, repairs)
			if err != nil {
				return fmt.Errorf("sweep the store: %w", err)
			}
			if err := a.PrintDocument(f, found, func(w io.Writer, style report.Style) { writeSweep(w, style, found) }); err != nil {
				return err
			}
			for _, p := range found {
				if !p.Repaired {
					return command.VerdictError{Code: command.ExitRefused}
				}
			}
			return nil
		},
	}
	k.Register(cmd)
	f.Register(cmd)
	cmd.Flags().BoolVar(&repair, "repair", false, "complete unfinished creations and deletions")
	cmd.Flags().BoolVar(&discard, "discard-lost", false, "repair, and remove profiles whose documents are lost")
	cmd.Flags().DurationVar(&grace, "grace", grace, "ignore documents younger than this")
	return cmd
}

func writeSweep(w io.Writer, style report.Style, found []store.Problem) {
	if len(found) == 0 {
		fmt.Fprintln(w, "all profiles are complete")
		return
	}
	var rows [][]string
	for _, p := range found {
		repaired := "no"
		if p.Repaired {
			repaired = "yes"
		}
		rows = append(rows, []string{p.Kind, p.Document, repaired, p.Detail})
	}
	report.Table(w, style, []string{"FOUND", "DOCUMENT", "REPAIRED", ""}, rows)
}
