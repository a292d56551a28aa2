package profile

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

func (a *app) conformanceCommand() *cobra.Command {
	o := &conformanceFlags{}
	var factsFile string
	cmd := &cobra.Command{
		Use:   "conformance PROFILE",
		Short: "Check a behaviour profile against its preset's promises",
		Long: `Conformance checks the promises of a preset or deployment (see describe-preset) over
the whole window of a behaviour profile. Each promise bounds one statistic of a
metric, such as the 95th percentile.

The verdict is conforming if every promised metric is within its bounds, drifted if
one is outside, and inconclusive if one has no data or too few samples. Exclude
metrics that the cluster cannot export with --except; the verdict lists them.

PROFILE is a file that profile export wrote, - for stdin, or the id of a stored
profile. It is checked against --preset or --deployment, else the config profile in
it, else the preset that it names.

Exit codes: 0 conforming; 1 drifted; 2 invalid command line or input; 3 I/O or
internal error; 4 inconclusive.`,
		Example: `  temporal-dsql conformance profile.json
  temporal-dsql conformance profile.json --preset mid-scale -o json
  temporal-dsql conformance profile.json --deployment ./profiles/payments --except resources.cpu_utilization

  # the same with stock conftest
  temporal-dsql conformance profile.json --facts facts.json
  conftest test facts.json -p policies/conformance -p policies/lib --all-namespaces`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p, err := a.ReadProfile(ctx, args[0], o.ServiceFlags)
			if err != nil {
				return err
			}
			assessor, target, err := o.loadTarget(ctx, a)
			if err != nil {
				return err
			}
			facts, err := assessor.Facts(p, target)
			if err != nil {
				return err
			}
			if factsFile != "" {
				if err := a.Uninterrupted(func() error { return writeFactsFile(factsFile, facts) }); err != nil {
					return err
				}
			}
			verdict, err := assessor.EvaluateFacts(ctx, facts)
			if err != nil {
				return err
			}
			if err := a.PrintDocument(
				o.format,
				verdict,
				func(w io.Writer, style report.Style) { writeConformance(w, style, verdict) },
			); err != nil {
				return err
			}
			switch verdict.Label {
			case verdicts.Conforming:
				return nil
			case verdicts.Drifted:
				return command.VerdictError{Code: command.ExitRefused}
			}
			return command.VerdictError{Code: command.ExitInconclusive}
		},
	}
	o.Register(a, cmd)
	cmd.Flags().StringVar(&factsFile, "facts", "", "`FILE` for the facts that the policies evaluate, for stock conftest and opa")
	return cmd
}

func writeFactsFile(name string, facts verdicts.Facts) error {
	data, err := json.MarshalIndent(facts, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", command.ErrIO, err)
	}
	return nil
}

func writeConformance(w io.Writer, style report.Style, c verdicts.Conformance) {
	fmt.Fprintf(w, "%s with %s\n\n", style.Bold(c.Label), c.PresetName)
	var rows [][]string
	for _, result := range []string{"fail", "no_data", "pass"} {
		for _, r := range c.MetricResults {
			if r.Result == result {
				rows = append(rows, []string{r.Result, r.Metric, formatMeasured(r.ObservedValue), formatMeasured(r.LowerBound),
					formatMeasured(r.UpperBound), r.Unit, r.Detail})
			}
		}
	}
	report.Table(w, style, []string{"RESULT", "METRIC", "OBSERVED", "LOWER", "UPPER", "UNIT", "DETAIL"}, rows)
	for _, metric := range c.Excepted {
		fmt.Fprintf(w, "excluded: %s\n", metric)
	}
	fmt.Fprintf(w, "\n%s\n", c.Summary)
}

// formatMeasured formats a value with four significant digits; nil is a dash.
func formatMeasured(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'g', 4, 64)
}
