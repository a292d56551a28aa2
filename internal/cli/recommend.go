package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

func (a *app) recommendCommand() *cobra.Command {
	o := &observing{}
	cmd := &cobra.Command{
		Use:   "recommend PROFILE",
		Short: "Recommend what to change, as far as a behaviour profile's evidence carries it",
		Long: `Recommend looks for evidence of a bottleneck in a behaviour profile that left what
its preset or deployment promises, and proposes a larger or smaller preset, or
overrides: each with the values that speak for it, what to expect, what it risks
and the command that compiles it. Each proposal is compiled first, and held
against the guard rails and what runs today; one that they refuse is shown as
refused. Where the evidence carries no change, none is proposed.

PROFILE, and what it is held against, is as in temporal-dsql conformance. The exit
code tells whether a profile could be read, and not whether there is anything to
change.`,
		Example: `  temporal-dsql recommend profile.json
  temporal-dsql recommend profile.json --deployment ./profiles/payments
  temporal-dsql recommend profile.json -o json | jq -r '.recommendations[].command'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.behaviourProfile(cmd.Context(), args[0], o.reach)
			if err != nil {
				return err
			}
			assessor, target, err := o.target(cmd.Context(), a)
			if err != nil {
				return err
			}
			r, err := assessor.Recommend(cmd.Context(), p, target)
			if err != nil {
				return err
			}
			return a.print(o.format, r, func(w io.Writer, style report.Style) { recommendText(w, style, r) })
		},
	}
	o.flags(a, cmd)
	return cmd
}

func recommendText(w io.Writer, style report.Style, r verdicts.Recommendations) {
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
				fmt.Fprintf(w, "  %-8s  %s: %s\n            %s\n", f.Severity, f.RuleName, f.Message, f.Remediation)
			}
			fmt.Fprintf(w, "  $ %s\n", x.Command)
		}
	}
	show("", r.Recommendations)
	show("Refused by the guard rails", r.Refused)
}
