package profile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
)

// reportFormats are the formats of a report.
var reportFormats = []string{"html", "markdown"}

func (a *app) profileReportCommand() *cobra.Command {
	var w comparisonFlags
	var out, as string
	cmd := &cobra.Command{
		Use: "report A [B]", Short: "Write a report of one profile, or of two compared",
		Long: `The report of one profile contains every plot, the configuration and the conformance
with each preset. The report of two shows which metrics improved or regressed from A
to B, with both series in one plot, candidates, versions and configuration.

HTML reports are self-contained files; Markdown reports suit pull requests. The
extension of --out sets the format unless --format does; the default is Markdown on
stdout. A and B are ids, or files from profile export (- is stdin). Earlier profiles
show what is usual, as in profile compare.`,
		Example: `  temporal-dsql profile report before.json after.json --out report.html
  temporal-dsql profile report 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44 --out report.html
  temporal-dsql profile report before.json after.json --format markdown | gh pr comment --body-file -`,
		Args: cobra.RangeArgs(1, 2), ValidArgsFunction: a.CompleteProfileIDs(&w.ServiceFlags, 2),
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error {
			format := as
			if format == "" {
				format = "markdown"
				if ext := strings.ToLower(filepath.Ext(out)); ext == ".html" || ext == ".htm" {
					format = "html"
				}
			}
			if !slices.Contains(reportFormats, format) {
				return command.NewUsageError(fmt.Sprintf("--format: unknown format %q", format), "use "+strings.Join(reportFormats, " or "))
			}
			if cmd.Flags().Changed("out") && out == "" {
				return command.NewUsageError("--out: missing file", "check for an unset shell variable")
			}
			made, err := a.readReport(cmd.Context(), w, args)
			if err != nil {
				return err
			}
			return a.writeReport(cmd.Context(), made, format, out)
		}),
	}
	w.Register(cmd)
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "`FILE` to write (default: stdout)")
	f.StringVar(&as, "format", "", "html or markdown (default: by the extension of --out, else markdown)")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// readReport reads the profiles of a report.
func (a *app) readReport(ctx context.Context, w comparisonFlags, args []string) (made profileview.Report, err error) {
	if len(args) == 1 {
		if len(w.earlier) > 0 {
			return made, command.NewUsageError("--earlier requires two profiles", "name a second profile, or omit --earlier")
		}
		p, err := a.ReadProfile(ctx, args[0], w.ServiceFlags)
		return profileview.Report{A: &p}, err
	}
	two, earlier, err := a.readPair(ctx, w, args[0], args[1])
	if err != nil {
		return made, err
	}
	return profileview.Report{A: &two[0], B: &two[1], Earlier: earlier}, nil
}

func (a *app) writeReport(ctx context.Context, made profileview.Report, format, out string) error {
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	versions, err := engine.Versions()
	if err != nil {
		return err
	}
	made.Module, made.Version = a.Dir, versions.Compiler
	write := made.Markdown
	if format == "html" {
		write = made.HTML
	}
	data, err := write(ctx)
	if err != nil {
		return err
	}
	if out == "" {
		if _, err = a.Stdout.Write(data); err != nil {
			return fmt.Errorf("%w: %w", command.ErrIO, err)
		}
		return nil
	}
	return a.reportWritten(out, data, a.Uninterrupted(func() error { return os.WriteFile(out, data, 0o644) }))
}
