package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// dashboards are files by path: what dashboards prints.
type dashboards struct {
	Files map[string]string `json:"files"`
}

func (d dashboards) text(w io.Writer, style report.Style) {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		rows = append(rows, []string{name, fmt.Sprint(len(d.Files[name]))})
	}
	report.Table(w, style, []string{"FILE", "BYTES"}, rows)
}

func (a *app) dashboardsCommand() *cobra.Command {
	var o struct {
		views      compile.Views
		out, check string
		format     format
	}
	cmd := &cobra.Command{
		Use:   "dashboards [PRESET | PATH]",
		Short: "Write Grafana dashboards and Prometheus alert rules",
		Long: `Dashboards computes what operators look at, from the telemetry catalogue, the
registry and what a preset or the deployment at PATH promises: Grafana
dashboards, Prometheus alert rules, and the files that provision them. Without
an argument they are those of every preset.

With --out, they are written into the folder: all of them or none. With
--check, the folder is held against them, and exit code 1 says that a file is
missing or another. Without, they are listed; -o json has their content.`,
		Example: `  # everything, for a server that exports with framework: tally
  temporal-dsql dashboards --dialect tally --out build/grafana

  # with the bounds of a deployment, and where its profile service is
  temporal-dsql dashboards ./profiles/payments --service https://profiles.example.com --out build/grafana

  # in CI: are the committed ones up to date?
  temporal-dsql dashboards --check grafana`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usageError{fmt.Sprintf("dashboards takes one preset or path, not %d", len(args)), "without any, they are those of every preset"}
			case len(args) == 1 && args[0] == "":
				return noTarget
			}
			return nil
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			found, _ := a.presetNames()(cmd, args, toComplete)
			return found, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []string{"out", "check"} {
				if cmd.Flags().Changed(flag) && cmd.Flag(flag).Value.String() == "" {
					return usageError{"--" + flag + " names no folder", "a shell variable that is not set?"}
				}
			}
			if o.out != "" && o.check != "" {
				return usageError{"--check goes without --out", "--out writes what --check holds a folder against"}
			}
			engine, req, err := a.open(strings.Join(args, ""))
			if err != nil {
				return err
			}
			if len(args) == 1 {
				o.views.Of = []compile.Request{req}
			}
			known, err := engine.Dialects()
			if err != nil {
				return err
			}
			for _, d := range o.views.Dialects {
				if !slices.Contains(known, d) {
					return usageError{fmt.Sprintf("there is no dialect %q", d), "one of " + strings.Join(known, ", ")}
				}
			}
			files, err := engine.Views(o.views)
			if err != nil {
				return forFolder(err, req.Preset)
			}
			switch {
			case o.check != "":
				found, err := compile.CheckFiles(o.check, files)
				if err != nil {
					return err
				}
				return a.printCheck(o.format, o.check, "dashboards", found)
			case o.out != "":
				if err := compile.WriteFiles(o.out, files); err != nil {
					return fmt.Errorf("%w: %w", errIO, err)
				}
			}
			return a.print(o.format, dashboards{files}, dashboards{files}.text)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.views.Dialects, "dialect", nil, "how the server spells its metrics: `framework` of its exporter (default: each)")
	f.StringVar(&o.views.Service, "service", "", "`URL` where a browser reaches the profile service (default: that of serve)")
	f.StringVar(&o.views.Cluster, "cluster", "", "value of the label cluster that the alert rules are for (default: there is no such label)")
	f.StringVar(&o.out, "out", "", "`FOLDER` to write them into")
	f.StringVar(&o.check, "check", "", "`FOLDER` to hold against them")
	_ = cmd.MarkFlagDirname("out")
	_ = cmd.MarkFlagDirname("check")
	_ = cmd.RegisterFlagCompletionFunc("dialect", a.complete((*compile.Engine).Dialects))
	o.format.flag(cmd)
	return cmd
}
