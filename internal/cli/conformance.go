package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// judged says that a verdict was printed already, which is not the one that was hoped for.
type judged struct{ code int }

func (judged) Error() string { return "the verdict is printed" }

func (a *app) conformanceCommand() *cobra.Command {
	o := &observing{}
	var factsFile string
	cmd := &cobra.Command{
		Use:   "conformance PROFILE",
		Short: "Hold a behaviour profile against what its preset promises",
		Long: `Conformance tells whether a cluster kept, over the whole window of a behaviour
profile, what its preset or deployment promises (describe-preset shows it): each
metric by a statistic of its samples, such as the 95th percentile.

It is conforming where every promised metric was observed inside of its bounds,
drifted where one was outside, and inconclusive where one is missing: missing
data is no conformance. A metric that this cluster cannot export is excepted by
name, and the verdict says so.

PROFILE is a file (the document that GET /profiles/{id} gives), - for stdin, or
the id of a profile that is kept. It is held against --preset, --deployment, or
else the config profile that it has kept, else the preset that it names.

Exit codes: 0 conforming; 1 drifted; 4 inconclusive; 2 and 3 as everywhere.`,
		Example: `  temporal-dsql conformance profile.json
  temporal-dsql conformance profile.json --preset mid-scale -o json
  temporal-dsql conformance profile.json --deployment ./profiles/payments --except resources.cpu_utilization

  # the same with stock conftest
  temporal-dsql conformance profile.json --facts facts.json
  conftest test facts.json -p policies/conformance -p policies/lib --all-namespaces`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p, err := a.behaviourProfile(ctx, args[0], o.reach)
			if err != nil {
				return err
			}
			assessor, target, err := o.target(ctx, a)
			if err != nil {
				return err
			}
			facts, err := assessor.Facts(p, target)
			if err != nil {
				return err
			}
			if factsFile != "" {
				if err := a.wholly(func() error { return writeFacts(factsFile, facts) }); err != nil {
					return err
				}
			}
			verdict, err := assessor.Judge(ctx, facts)
			if err != nil {
				return err
			}
			if err := a.print(o.format, verdict, func(w io.Writer, style report.Style) { conformanceText(w, style, verdict) }); err != nil {
				return err
			}
			switch verdict.Label {
			case verdicts.Conforming:
				return nil
			case verdicts.Drifted:
				return judged{exitRefused}
			}
			return judged{exitInconclusive}
		},
	}
	o.flags(a, cmd)
	cmd.Flags().StringVar(&factsFile, "facts", "", "`FILE` to write the facts into that policies judge, for stock conftest and opa")
	return cmd
}

func writeFacts(name string, facts verdicts.Facts) error {
	data, err := json.MarshalIndent(facts, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errIO, err)
	}
	return nil
}

func conformanceText(w io.Writer, style report.Style, c verdicts.Conformance) {
	fmt.Fprintf(w, "%s against %s\n\n", style.Bold(c.Label), c.PresetName)
	var rows [][]string
	for _, result := range []string{"fail", "no_data", "pass"} {
		for _, r := range c.MetricResults {
			if r.Result == result {
				rows = append(rows, []string{r.Result, r.Metric, measured(r.ObservedValue), measured(r.LowerBound), measured(r.UpperBound), r.Unit, r.Detail})
			}
		}
	}
	report.Table(w, style, []string{"RESULT", "METRIC", "OBSERVED", "LOWER", "UPPER", "UNIT", "DETAIL"}, rows)
	for _, metric := range c.Excepted {
		fmt.Fprintf(w, "excepted: %s\n", metric)
	}
	fmt.Fprintf(w, "\n%s\n", c.Summary)
}

// measured is a value to four significant digits; nothing where it is not known.
func measured(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'g', 4, 64)
}
