package module

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/running"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/dashboards"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// DashboardsDocument is the document that dashboards prints: files by path.
type DashboardsDocument struct {
	Files map[string]string `json:"files"`
}

func (d DashboardsDocument) writeText(w io.Writer, style report.Style) {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		rows = append(rows, []string{name, fmt.Sprint(len(d.Files[name]))})
	}
	report.Table(w, style, []string{"FILE", "BYTES"}, rows)
}

func (a *app) dashboardsCommand() *cobra.Command {
	var o struct {
		views      dashboards.Request
		out, check string
		format     command.FormatFlag
	}
	cmd := &cobra.Command{
		Use:   "dashboards [PRESET | PATH]",
		Short: "Write Grafana dashboards and Prometheus alert rules",
		Long: `Dashboards generates Grafana dashboards, Prometheus alert rules and the files that
provision them, from the telemetry catalogue, the registry and the promises of a
preset or of the deployment at PATH. Without an argument, it covers every preset.

With --out, it writes all files into the folder, or none. With --check, it compares
the folder with them; exit code 1 means that a file is missing or different.
Otherwise it lists them; -o json includes their content.`,
		Example: `  # everything, for a server that exports with framework: tally
  temporal-dsql dashboards --dialect tally --out build/grafana

  # with the bounds of a deployment and the address of its profile service
  temporal-dsql dashboards ./profiles/payments --service https://profiles.example.com --out build/grafana

  # in CI: check that the committed files are up to date
  temporal-dsql dashboards --check grafana`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return command.NewUsageError(fmt.Sprintf("dashboards: expected one preset or path, found %d", len(args)),
					"omit the argument to cover every preset")

			case len(args) == 1 && args[0] == "":
				return running.ErrNoTarget
			}
			return nil
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			found, _ := a.CompletePresets()(cmd, args, toComplete)
			return found, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []string{"out", "check"} {
				if cmd.Flags().Changed(flag) && cmd.Flag(flag).Value.String() == "" {
					return command.NewUsageError("--"+flag+": missing folder", "check for an unset shell variable")
				}
			}
			if o.out != "" && o.check != "" {
				return command.NewUsageError(
					"--check and --out exclude each other",
					"use --out to write the files, --check to compare them",
				)
			}
			engine, req, err := a.OpenTarget(strings.Join(args, ""))
			if err != nil {
				return err
			}
			if len(args) == 1 {
				o.views.Deployments = []compile.Request{req}
			}
			known, err := engine.Dialects()
			if err != nil {
				return err
			}
			for _, d := range o.views.Dialects {
				if !slices.Contains(known, d) {
					return suggest.UnknownName("dialect", d, known)
				}
			}
			files, err := dashboards.RenderFiles(engine, o.views)
			if err != nil {
				return command.SuggestFolder(err, req.Preset)
			}
			switch {
			case o.check != "":
				found, err := artefact.CheckFiles(o.check, files)
				if err != nil {
					return err
				}
				return a.PrintCheck(o.format, o.check, "dashboards", found)
			case o.out != "":
				if err := artefact.WriteFiles(o.out, files); err != nil {
					return fmt.Errorf("%w: %w", command.ErrIO, err)
				}
			}
			return a.PrintDocument(o.format, DashboardsDocument{files}, DashboardsDocument{files}.writeText)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(
		&o.views.Dialects,
		"dialect",
		nil,
		"`FRAMEWORK` of the server's metrics: tally or opentelemetry; can be repeated (default: all)",
	)
	f.StringVar(&o.views.Service, "service", "", "`URL` of the profile service for browsers (default: the address of serve)")
	f.StringVar(&o.views.Cluster, "cluster", "", "`NAME` of the cluster: the value of the label cluster in alert rules (default: no label)")
	f.StringVar(&o.out, "out", "", "`FOLDER` to write the files into")
	f.StringVar(&o.check, "check", "", "`FOLDER` of files to compare with")
	_ = cmd.MarkFlagDirname("out")
	_ = cmd.MarkFlagDirname("check")
	_ = cmd.RegisterFlagCompletionFunc("dialect", a.CompleteFrom((*compile.Engine).Dialects))
	o.format.Register(cmd)
	return cmd
}
