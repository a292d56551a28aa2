package profile

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

func (a *app) recommendCommand() *cobra.Command {
	o := &conformanceFlags{}
	cmd := &cobra.Command{
		Use:   "recommend PROFILE",
		Short: "Recommend changes supported by a behaviour profile",
		Long: `Recommend looks for bottlenecks in a behaviour profile that breaks promises of its
preset or deployment. It proposes another preset or overrides, with evidence, expected
effect, risk and the command that compiles the change. Each proposal is compiled and
checked against the guard rails and the running configuration first; rejected
proposals are listed separately. Without evidence it proposes nothing, and lists what
it considered and what speaks against it.

PROFILE and the flags are the same as for temporal-dsql conformance. The exit code is
0 with and without recommendations.`,
		Example: `  temporal-dsql recommend profile.json
  temporal-dsql recommend profile.json --deployment ./profiles/payments
  temporal-dsql recommend profile.json -o json | jq -r '.recommendations[].command'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.ReadProfile(cmd.Context(), args[0], o.ServiceFlags)
			if err != nil {
				return err
			}
			assessor, target, err := o.loadTarget(cmd.Context(), a)
			if err != nil {
				return err
			}
			r, err := assessor.Recommend(cmd.Context(), p, target)
			if err != nil {
				return err
			}
			return a.PrintDocument(o.format, r, func(w io.Writer, style report.Style) { writeRecommendations(w, style, r) })
		},
	}
	o.Register(a, cmd)
	return cmd
}

func writeRecommendations(w io.Writer, style report.Style, r verdicts.Recommendations) {
	fmt.Fprintf(w, "%s (preset %s)\n", style.Bold(r.Summary), r.PresetName)
	show := func(heading string, all []verdicts.Recommendation) {
		if len(all) > 0 && heading != "" {
			fmt.Fprintf(w, "\n%s\n", style.Bold(heading))
		}
		for _, x := range all {
			fmt.Fprintf(w, "\n%s (%s)\n", style.Bold(x.Title), x.Name)
			for _, e := range x.Evidence {
				fmt.Fprintf(w, "  evidence  %s: %s\n", e.Metric, e.Detail)
			}
			fmt.Fprintf(w, "  expected  %s\n  risk      %s\n", x.Expected, x.Risk)
			for _, f := range x.Findings {
				fmt.Fprintf(w, "  %-8s  %s: %s\n            %s\n", f.Severity, f.RuleName, f.Message, f.Advice())
			}
			fmt.Fprintf(w, "  $ %s\n", x.Command)
		}
	}
	show("", r.Recommendations)
	show("Rejected by the guard rails", r.Refused)
	if len(r.Considered) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Considered, and what speaks against it"))
		for _, x := range r.Considered {
			fmt.Fprintf(w, "\n%s (%s), for %s\n", x.Title, x.Name, strings.Join(x.Metrics, ", "))
			for _, reason := range x.Against {
				fmt.Fprintf(w, "  against   %s\n", reason)
			}
		}
	}
	if len(r.Unexplained) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Outside their bounds, and no change is known to bring them back"))
		for _, x := range r.Unexplained {
			fmt.Fprintf(w, "  %s: %s\n", x.Metric, x.Detail)
		}
	}
	if len(r.Bottlenecks) > 0 && r.Label != verdicts.Conforming {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Fullest resources"))
		var rows [][]string
		for _, x := range r.Bottlenecks {
			rows = append(rows, []string{fmt.Sprintf("%.0f %%", 100*x.Utilization), x.Resource, x.Source, cmp.Or(x.Parameter, "-")})
		}
		report.Table(w, style, []string{"BUSY", "RESOURCE", "BY", "PARAMETER"}, rows)
	}
}
