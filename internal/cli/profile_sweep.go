package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

const (
	// a creation takes minutes at the most: what is older is of none under way
	sweepGrace = time.Hour
	sweepEvery = time.Hour
)

func (a *app) profileSweep() *cobra.Command {
	var k keeping
	var f format
	var repair, discard bool
	grace := sweepGrace
	cmd := &cobra.Command{
		Use: "sweep", Short: "Find profiles that are there by half, and repair them",
		Long: `Sweep holds the documents of the store against its list. A crash or an outage may
leave a document that is not listed, or a deletion half done: --repair ends what
was under way, as serve does each hour. A profile that is listed and whose document
is lost stays listed, unless --discard-lost says that the document will not come
back; a baseline stays in any case. It works on the store itself, not through a
service, and services may go on meanwhile.

Exit code 1 says that something is left that needs repair.`,
		Example: `  temporal-dsql profile sweep
  temporal-dsql profile sweep --repair --bucket s3://profiles --database dsql://abc.dsql.eu-west-1.on.aws`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if grace < 0 {
				return usageError{"--grace is below 0", "--grace 1h: what is younger may be of a creation under way"}
			}
			kept, err := a.openStore(cmd.Context(), k, nil)
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
			if err := a.print(f, found, func(w io.Writer, style report.Style) { sweepText(w, style, found) }); err != nil {
				return err
			}
			for _, p := range found {
				if !p.Repaired {
					return judged{exitRefused}
				}
			}
			return nil
		},
	}
	k.flags(cmd)
	f.flag(cmd)
	cmd.Flags().BoolVar(&repair, "repair", false, "end creations and deletions that stopped")
	cmd.Flags().BoolVar(&discard, "discard-lost", false, "repair, and take profiles off the list whose documents are lost")
	cmd.Flags().DurationVar(&grace, "grace", grace, "leave documents alone that are younger")
	return cmd
}

func sweepText(w io.Writer, style report.Style, found []store.Problem) {
	if len(found) == 0 {
		fmt.Fprintln(w, "every profile is whole")
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

// sweep ends what crashes and outages have left, time and again, until the
// context ends.
func sweep(ctx context.Context, kept *store.Store, every time.Duration, logger *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		found, err := kept.Sweep(ctx, sweepGrace, store.Finish)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			logger.Error("sweep the store", "error", err.Error())
		}
		for _, p := range found {
			logger.Warn("swept", "found", p.Kind, "document", p.Document, "repaired", p.Repaired, "detail", p.Detail)
		}
	}
}
