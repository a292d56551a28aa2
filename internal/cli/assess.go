package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
	r := reach{assesses: true}
	var f format
	var q assess.Request
	var from, to string
	cmd := &cobra.Command{
		Use:   "assess",
		Short: "Hold what a cluster does now against its baseline and its preset",
		Long: `Assess makes a behaviour profile of a window, compares it with the baseline of the
cluster and namespace, and holds it to what its preset promises. The cluster is
healthy, degraded or critical; unknown where nobody can tell, as without a
baseline. Changes of configuration, topology or version since the baseline are
named where they are known to act on a metric that regressed: as candidates, and
not as causes.

A window is assessed once, and what was found is kept: asked again, that is the
answer. Left out, it ends at the last full minute and is as long as the cluster is
assessed by itself, else an hour.

It asks a service (--server), or the store of this machine, which takes
--prometheus-url, or with --config knows clusters as serve does.

Exit codes: 0 healthy; 1 degraded or critical; 4 unknown; 2 and 3 as everywhere.`,
		Example: `  temporal-dsql assess --cluster prod --namespace payments --server https://profiles.example.com
  temporal-dsql assess --cluster prod --from -2h --prometheus-url http://localhost:9090 --preset mid-scale
  temporal-dsql assess --cluster prod --config service.yaml -o json | jq .drift.candidates`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.ClusterID == "" {
				return usageError{"assess names no cluster", "--cluster ID"}
			}
			if err := times(a.now().Truncate(time.Second), at{"from", from, &q.WindowStart}, at{"to", to, &q.WindowEnd}); err != nil {
				return err
			}
			if r.config != "" {
				engine, err := compile.New(a.dir)
				if err != nil {
					return err
				}
				if _, err := configured(cmd, engine, &r.keeping, &r.recording); err != nil {
					return err
				}
			}
			var found assess.Detailed
			err := a.reached(cmd.Context(), r, func(c *client.Client) (err error) {
				found, err = c.Assess(cmd.Context(), q)
				return err
			})
			if err != nil {
				return err
			}
			return a.assessment(f, found)
		},
	}
	r.flags(cmd)
	r.recording.flags(cmd)
	r.configFlag(cmd)
	f.flag(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&q.ClusterID, "cluster", "c", "", "`ID` of the cluster (required)")
	fl.StringVarP(&q.Namespace, "namespace", "n", "", "assess one namespace; without it, the whole cluster")
	fl.StringVar(&from, "from", "", "start of the window")
	fl.StringVar(&to, "to", "", "end of the window")
	fl.StringVar(&q.Preset, "preset", "", "`NAME` of the preset to hold it to (default: that of its configuration)")
	_ = cmd.RegisterFlagCompletionFunc("preset", a.presetNames())
	cmd.AddCommand(a.assessList(), a.assessGet())
	return cmd
}

func (a *app) assessList() *cobra.Command {
	var r reach
	var f format
	var filter client.AssessmentFilter
	var cluster, namespace, from, to string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List assessments, those with the newest windows first",
		Example: `  temporal-dsql assess list --cluster prod --from -1d
  temporal-dsql assess list --namespace "" -o json # of whole clusters only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("cluster") {
				filter.Cluster = &cluster
			}
			if cmd.Flags().Changed("namespace") {
				filter.Namespace = &namespace
			}
			if err := times(a.now(), at{"from", from, &filter.From}, at{"to", to, &filter.To}); err != nil {
				return err
			}
			if limit < 0 {
				return usageError{"--limit is below 0", "0 lists all"}
			}
			all := []behaviour.Assessment{}
			err := a.reached(cmd.Context(), r, func(c *client.Client) error {
				for each, err := range c.Assessments(cmd.Context(), filter, limit) {
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
			return a.print(f, all, func(w io.Writer, style report.Style) { assessmentsText(w, style, all) })
		},
	}
	r.flags(cmd)
	f.flag(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&cluster, "cluster", "c", "", "of one cluster")
	fl.StringVarP(&namespace, "namespace", "n", "", "of one namespace; empty for whole clusters")
	fl.StringVar(&from, "from", "", "whose windows end then or later")
	fl.StringVar(&to, "to", "", "whose windows end before a time")
	fl.IntVar(&limit, "limit", store.DefaultLimit, "at most so many; 0 is all")
	return cmd
}

func (a *app) assessGet() *cobra.Command {
	var r reach
	var f format
	cmd := &cobra.Command{
		Use: "get ID", Short: "Show an assessment that is kept",
		Long: `Get shows an assessment as assess does, with its exit codes: 0 healthy; 1 degraded
or critical; 4 unknown.`,
		Example: "  temporal-dsql assess get 6f2a4f0e-52a5-5d0b-8c6e-0f6f0a3c1d2b",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			err := a.reached(cmd.Context(), r, func(c *client.Client) error {
				for m, err := range c.Assessments(cmd.Context(), client.AssessmentFilter{}, store.DefaultLimit) {
					if err != nil {
						return err
					}
					found = append(found, fmt.Sprintf("%s\t%s, %s %s", m.ID, m.Health, scopeText(m.ClusterID, m.Namespace, ""), windowText(m.WindowStart, m.WindowEnd)))
				}
				return nil
			})
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var found assess.Detailed
			err := a.reached(cmd.Context(), r, func(c *client.Client) (err error) {
				found, err = c.Assessment(cmd.Context(), args[0])
				return err
			})
			if err != nil {
				return err
			}
			return a.assessment(f, found)
		},
	}
	r.flags(cmd)
	f.flag(cmd)
	return cmd
}

// at is a time that a flag tells.
type at struct {
	flag, text string
	to         *time.Time
}

// times reads those that are given.
func times(now time.Time, all ...at) (err error) {
	for _, x := range all {
		if x.text == "" {
			continue
		}
		if *x.to, err = client.Time(x.text, now); err != nil {
			return usageError{"--" + x.flag + ": " + err.Error(), ""}
		}
	}
	return nil
}

// assessment prints one, and tells by the exit code how the cluster is.
func (a *app) assessment(f format, found assess.Detailed) error {
	if err := a.print(f, found, func(w io.Writer, style report.Style) { assessmentText(w, style, found) }); err != nil {
		return err
	}
	switch found.Health {
	case verdicts.Healthy:
		return nil
	case verdicts.Unknown:
		return judged{exitInconclusive}
	}
	return judged{exitRefused}
}

func assessmentsText(w io.Writer, style report.Style, all []behaviour.Assessment) {
	if len(all) == 0 {
		fmt.Fprintln(w, "there are no such assessments")
		return
	}
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{x.ID, windowText(x.WindowStart, x.WindowEnd), scopeText(x.ClusterID, x.Namespace, ""), x.Health, conformsText(x)})
	}
	report.Table(w, style, []string{"ID", "WINDOW (UTC)", "OF", "HEALTH", "CONFORMANCE"}, rows)
}

func conformsText(x behaviour.Assessment) string {
	if x.Conformance == "" {
		return "-"
	}
	return x.Conformance + " against " + x.PresetName
}

func assessmentText(w io.Writer, style report.Style, x assess.Detailed) {
	fmt.Fprintf(w, "%s is %s\n", scopeText(x.ClusterID, x.Namespace, ""), style.Bold(x.Health))
	line := func(name, text string) { fmt.Fprintf(w, "%-11s  %s\n", name, text) }
	line("window", fmt.Sprintf("%s UTC, assessed %s", windowText(x.WindowStart, x.WindowEnd), x.CreatedAt.UTC().Format("2006-01-02 15:04")))
	line("assessment", x.ID)
	line("profile", x.ProfileID)
	line("baseline", cmp.Or(x.BaselineID, "none: temporal-dsql profile baseline ID sets one"))
	line("promises", cmp.Or(x.Drift.Conformance, "none: --preset names one")+against(x.PresetName))

	metricsOf := func(heading string, all []verdicts.DriftedMetric) {
		if len(all) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", style.Bold(heading))
		var rows [][]string
		for _, m := range all {
			rows = append(rows, []string{m.Severity, m.Sentence})
		}
		report.Table(w, style, []string{"SEVERITY", "WHAT BECAME OF IT"}, rows)
	}
	metricsOf("Drifted from the baseline", x.Drift.Drifted)
	metricsOf("Critical, and nobody can tell", x.Drift.Unknown)
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
			fmt.Fprintf(w, "\n%s\n", style.Bold("Not as promised"))
			report.Table(w, style, []string{"RESULT", "METRIC", "DETAIL"}, rows)
		}
	}
	if len(x.Drift.Candidates) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Candidates, not causes: changes since the baseline that act on what drifted"))
		var rows [][]string
		for _, c := range x.Drift.Candidates {
			rows = append(rows, []string{c.Kind, c.Key, fmt.Sprintf("%v -> %v", known(c.OldValue), known(c.NewValue)), strings.Join(c.Metrics, ", ")})
		}
		report.Table(w, style, []string{"KIND", "WHAT", "CHANGE", "ACTS ON"}, rows)
	}
	compare.NotesText(w, style, x.Notes)
	fmt.Fprintf(w, "\n%s\n", x.Drift.Summary)
}

func against(preset string) string {
	if preset == "" {
		return ""
	}
	return " against " + preset
}

// known is a value of a configuration; what is not there is not set.
func known(v any) any {
	if v == nil || v == "" {
		return "unset"
	}
	return v
}
