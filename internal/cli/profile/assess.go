package profile

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

func (a *app) assessCommand() *cobra.Command {
	r := localservice.ServiceFlags{CanAssess: true}
	var f command.FormatFlag
	var q assess.Window
	var from, to string
	cmd := &cobra.Command{
		Use:   "assess",
		Short: "Compare a cluster with its baseline and its preset",
		Long: `Assess creates a behaviour profile of a window, compares it with the baseline of the
cluster and namespace, and checks the promises of its preset. The cluster is healthy,
degraded or critical, or unknown if evidence is missing, for example without a
baseline. Changes of configuration, topology or version since the baseline are listed
as candidates if they can affect a regressed metric. Candidates are not proven causes.

A window is assessed once: later calls print the stored assessment, and --again
assesses it against the current baseline. By default, the window ends at the last full
minute, and is as long as those of the cluster's schedule, or one hour.

The command calls a service (--server) or uses the local store. The local store needs
--prometheus-url, or --config with the clusters of serve.

Exit codes: 0 healthy; 1 degraded or critical; 2 invalid command line or input; 3 I/O
or internal error; 4 unknown.`,
		Example: `  temporal-dsql assess --cluster prod --namespace payments --server https://profiles.example.com
  temporal-dsql assess --cluster prod --from -2h --prometheus-url http://localhost:9090 --preset mid-scale
  temporal-dsql assess --cluster prod --config service.yaml -o json | jq .drift.candidates`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.ClusterID == "" {
				return command.NewUsageError("assess: missing --cluster", "add --cluster ID")
			}
			if err := parseTimes(a.Now().Truncate(time.Second), timeFlag{"from", from, &q.WindowStart},
				timeFlag{"to", to, &q.WindowEnd}); err != nil {
				return err
			}
			if r.Config != "" {
				engine, err := compile.New(a.Dir)
				if err != nil {
					return err
				}
				if _, err := localservice.ReadConfigFile(cmd, engine, &r.StoreFlags, &r.RecorderFlags); err != nil {
					return err
				}
			}
			var found assess.DetailedAssessment
			err := a.WithClient(cmd.Context(), r, func(c *client.Client) (err error) {
				found, err = c.Assess(cmd.Context(), q)
				return err
			})
			if err != nil {
				return err
			}
			return a.printAssessment(f, found)
		},
	}
	r.Register(cmd)
	r.RecorderFlags.Register(cmd)
	r.RegisterConfig(cmd)
	f.Register(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&q.ClusterID, "cluster", "c", "", "`ID` of the cluster (required)")
	fl.StringVarP(&q.Namespace, "namespace", "n", "", "namespace to assess (default: the whole cluster)")
	fl.StringVar(&from, "from", "", "start of the window")
	fl.StringVar(&to, "to", "", "end of the window")
	fl.StringVar(&q.Preset, "preset", "", "`NAME` of the preset to check (default: the preset of the cluster's configuration)")
	fl.StringArrayVar(&q.Except, "except", nil, "promised `METRIC` to leave out; can be repeated")
	fl.BoolVar(&q.Again, "again", false, "assess the window again, against the current baseline")
	cmd.AddCommand(a.assessListCommand(), a.assessGetCommand())
	return cmd
}

func (a *app) assessListCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var f command.FormatFlag
	var filter client.AssessmentFilter
	var cluster, namespace, from, to string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List assessments, newest windows first",
		Example: `  temporal-dsql assess list --cluster prod --from -1d
  temporal-dsql assess list --namespace "" -o json # whole clusters only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("cluster") {
				filter.Cluster = &cluster
			}
			if cmd.Flags().Changed("namespace") {
				filter.Namespace = &namespace
			}
			if err := parseTimes(a.Now(), timeFlag{"from", from, &filter.From}, timeFlag{"to", to, &filter.To}); err != nil {
				return err
			}
			if limit < 0 {
				return command.NewUsageError("--limit: must not be negative", "use 0 to list all")
			}
			all := []behaviour.Assessment{}
			err := a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				for each, err := range c.ListAssessments(cmd.Context(), filter, limit) {
					if err != nil {
						return err
					}
					all = append(all, each)
				}
				return nil
			})
			if err != nil {
				return err
			}
			return a.PrintDocument(f, all, func(w io.Writer, style report.Style) { writeAssessments(w, style, all) })
		},
	}
	r.Register(cmd)
	f.Register(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&cluster, "cluster", "c", "", "only this cluster")
	fl.StringVarP(&namespace, "namespace", "n", "", "only this namespace; empty for whole clusters")
	fl.StringVar(&from, "from", "", "only windows that end at or after this time")
	fl.StringVar(&to, "to", "", "only windows that end before this time")
	fl.IntVar(&limit, "limit", store.DefaultLimit, "maximum number of results; 0 lists all")
	return cmd
}

func (a *app) assessGetCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var f command.FormatFlag
	cmd := &cobra.Command{
		Use: "get ID", Short: "Show a stored assessment",
		Long: `Get prints a stored assessment as assess does, with the same exit codes: 0 healthy;
1 degraded or critical; 4 unknown.`,
		Example: "  temporal-dsql assess get 6f2a4f0e-52a5-5d0b-8c6e-0f6f0a3c1d2b",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			err := a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				for m, err := range c.ListAssessments(cmd.Context(), client.AssessmentFilter{}, store.DefaultLimit) {
					if err != nil {
						return err
					}
					found = append(found, fmt.Sprintf("%s\t%s, %s %s", m.ID, m.Health, formatScope(m.ClusterID, m.Namespace, ""),
						formatWindow(m.WindowStart, m.WindowEnd)))
				}
				return nil
			})
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var found assess.DetailedAssessment
			err := a.WithClient(cmd.Context(), r, func(c *client.Client) (err error) {
				found, err = c.GetAssessment(cmd.Context(), args[0])
				return err
			})
			if err != nil {
				return err
			}
			return a.printAssessment(f, found)
		},
	}
	r.Register(cmd)
	f.Register(cmd)
	return cmd
}

// timeFlag is a flag that holds a time.
type timeFlag struct {
	flag, text string
	to         *time.Time
}

// parseTimes parses the flags that are set.
func parseTimes(now time.Time, all ...timeFlag) (err error) {
	for _, x := range all {
		if x.text == "" {
			continue
		}
		if *x.to, err = client.ParseTime(x.text, now); err != nil {
			return newTimeError(x.flag, err)
		}
	}
	return nil
}

// printAssessment prints an assessment and sets the exit code by its health.
func (a *app) printAssessment(f command.FormatFlag, found assess.DetailedAssessment) error {
	if err := a.PrintDocument(f, found, func(w io.Writer, style report.Style) { writeAssessment(w, style, found) }); err != nil {
		return err
	}
	switch found.Health {
	case verdicts.Healthy:
		return nil
	case verdicts.Unknown:
		return command.VerdictError{Code: command.ExitInconclusive}
	}
	return command.VerdictError{Code: command.ExitRefused}
}

func writeAssessments(w io.Writer, style report.Style, all []behaviour.Assessment) {
	if len(all) == 0 {
		fmt.Fprintln(w, "no matching assessments")
		return
	}
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{x.ID, formatWindow(x.WindowStart, x.WindowEnd), formatScope(x.ClusterID, x.Namespace, ""), x.Health,
			conformanceCell(x)})
	}
	report.Table(w, style, []string{"ID", "WINDOW (UTC)", "SCOPE", "HEALTH", "CONFORMANCE"}, rows)
}

func conformanceCell(x behaviour.Assessment) string {
	if x.Conformance == "" {
		return "-"
	}
	return x.Conformance + " with " + x.PresetName
}

func writeAssessment(w io.Writer, style report.Style, x assess.DetailedAssessment) {
	fmt.Fprintf(w, "%s is %s\n", formatScope(x.ClusterID, x.Namespace, ""), style.Bold(x.Health))
	line := func(name, text string) { fmt.Fprintf(w, "%-11s  %s\n", name, text) }
	line(
		"window",
		fmt.Sprintf("%s UTC, assessed %s", formatWindow(x.WindowStart, x.WindowEnd), x.CreatedAt.UTC().Format("2006-01-02 15:04")),
	)
	line("assessment", x.ID)
	line("profile", x.ProfileID)
	line("baseline", cmp.Or(x.BaselineID, "none: set one with temporal-dsql profile baseline ID"))
	line("promises", cmp.Or(x.Drift.Conformance, "none: name a preset with --preset")+againstPreset(x.PresetName))

	metricsOf := func(heading string, all []verdicts.DriftedMetric) {
		if len(all) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", style.Bold(heading))
		var rows [][]string
		for _, m := range all {
			rows = append(rows, []string{m.Severity, m.Sentence})
		}
		report.Table(w, style, []string{"SEVERITY", "CHANGE"}, rows)
	}
	metricsOf("Drifted from the baseline", x.Drift.Drifted)
	metricsOf("Critical metrics with unknown state", x.Drift.Unknown)
	if x.Promises != nil {
		var rows [][]string
		for _, result := range []string{"fail", "no_data"} {
			for _, r := range x.Promises.MetricResults {
				if r.Result == result {
					rows = append(rows, []string{r.Result, r.Metric, r.Detail})
				}
			}
		}
		if len(rows) > 0 {
			fmt.Fprintf(w, "\n%s\n", style.Bold("Promises that are not met"))
			report.Table(w, style, []string{"RESULT", "METRIC", "DETAIL"}, rows)
		}
	}
	compare.CandidatesText(w, style, "Candidates, not causes: changes since the baseline that can affect drifted metrics",
		x.Drift.Candidates)
	compare.NotesText(w, style, x.Notes)
	fmt.Fprintf(w, "\n%s\n", x.Drift.Summary)
}

func againstPreset(preset string) string {
	if preset == "" {
		return ""
	}
	return " with " + preset
}
