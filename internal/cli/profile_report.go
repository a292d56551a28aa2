package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages"
)

// reportFormats are what a report is written as.
var reportFormats = []string{"html", "markdown"}

func (a *app) profileReport() *cobra.Command {
	var w windows
	var out, as string
	cmd := &cobra.Command{
		Use: "report A [B]", Short: "Write a profile, or what differs between two, as one file",
		Long: `Report writes one profile with every plot, its configuration and whether it keeps
what each preset promises; of two, what became better or worse from A to B, with
both courses over each other, candidates, versions and configuration.

As HTML it is one file that needs no other and no network; as Markdown it is for
a pull request. The name of --out tells which, and --format wins; without either
it is Markdown on stdout. A and B are ids, or files that profile get -o json or
GET /profiles/{id} gave (- is stdin). Of two, earlier windows tell what is usual,
as in profile compare: of kept profiles they are found, others are given.`,
		Example: `  temporal-dsql profile report before.json after.json --out report.html
  temporal-dsql profile report 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44 --out report.html
  temporal-dsql profile report before.json after.json --format markdown | gh pr comment --body-file -`,
		Args: cobra.RangeArgs(1, 2), ValidArgsFunction: a.ids(&w.reach, 2),
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error {
			format := as
			if format == "" {
				format = "markdown"
				if ext := strings.ToLower(filepath.Ext(out)); ext == ".html" || ext == ".htm" {
					format = "html"
				}
			}
			if !slices.Contains(reportFormats, format) {
				return usageError{fmt.Sprintf("no report is written as %q", format), "--format " + strings.Join(reportFormats, " or ")}
			}
			if cmd.Flags().Changed("out") && out == "" {
				return usageError{"--out names no file", "a shell variable that is not set?"}
			}
			made, err := a.reportOf(cmd.Context(), w, args)
			if err != nil {
				return err
			}
			return a.writeReport(cmd.Context(), made, format, out)
		}),
	}
	w.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "`FILE` to write (default stdout)")
	f.StringVar(&as, "format", "", "html or markdown (default: by the name of --out, else markdown)")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// reportOf reads what a report is of: files, or ids where profiles are kept.
func (a *app) reportOf(ctx context.Context, w windows, args []string) (made pages.Report, err error) {
	if len(args) == 1 {
		if len(w.earlier) > 0 {
			return made, usageError{"--earlier tells what is usual between two profiles, and there is one", "name both, or leave --earlier out"}
		}
		p, err := a.behaviourProfile(ctx, args[0], w.reach)
		return pages.Report{A: &p}, err
	}
	two, earlier, err := a.gather(ctx, w, args[0], args[1])
	if err != nil {
		return made, err
	}
	return pages.Report{A: &two[0], B: &two[1], Earlier: earlier}, nil
}

func (a *app) writeReport(ctx context.Context, made pages.Report, format, out string) error {
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	versions, err := engine.Versions()
	if err != nil {
		return err
	}
	made.Module, made.Version = a.dir, versions.Compiler
	write := made.Markdown
	if format == "html" {
		write = made.HTML
	}
	data, err := write(ctx)
	if err != nil {
		return err
	}
	if out == "" {
		_, err = a.stdout.Write(data)
	} else {
		err = a.wholly(func() error { return os.WriteFile(out, data, 0o644) })
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errIO, err)
	}
	return nil
}
