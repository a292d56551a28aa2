package explain

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A page prints text with headings and columns.
type page struct {
	io.Writer
	report.Style
}

func (p page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p page) section(title string) { fmt.Fprintf(p, "\n%s\n", p.Bold(title)) }

// facts prints names and values in two columns. It leaves out empty values.
func (p page) facts(rows ...[2]string) {
	tw := tabwriter.NewWriter(p, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if r[1] != "" {
			fmt.Fprintf(tw, "  %s\t%s\n", r[0], r[1])
		}
	}
	_ = tw.Flush() // into a buffer
}

func (p page) list(items []string) {
	for _, i := range items {
		p.line("  - %s", i)
	}
}

func (s Subject) describe() string {
	what := s.Preset
	if s.Modifier != "" {
		what += " + " + s.Modifier
	}
	what = fmt.Sprintf("preset %s, Temporal %s, DSQL plugin generation %s", what, s.TemporalVersion, s.PluginVersion)
	if s.Name != s.Preset {
		what = s.Name + ": " + what
	}
	if s.Target != s.Preset {
		what = s.Target + ", " + what
	}
	return what + " (" + s.Chosen + ")"
}

// derivation prints a formula, with and without its numbers, its result and its inputs.
func (p page) derivation(d Derivation) {
	p.line("    %s", d.Formula)
	if d.Filled != d.Formula && d.Filled != report.FormatValue(d.Value, "") {
		p.line("  = %s", d.Filled)
	}
	p.line("  = %s", report.FormatValue(d.Value, ""))
	for _, in := range d.Inputs {
		p.line("      %s", in.describe())
	}
}

func (in Input) describe() string {
	line := fmt.Sprintf("%s = %s: ", in.Name, report.FormatValue(in.Value, in.Unit))
	switch in.Kind {
	case compile.InputParameter:
		return line + fmt.Sprintf("parameter %s (%s)", in.RefersTo, in.Layer)
	case compile.InputQuota:
		line += fmt.Sprintf("quota %s (%s, %s)", in.RefersTo, in.Source, in.AsOf)
		if in.Raised != nil {
			line += fmt.Sprintf(", raised from %s", report.FormatValue(in.Raised, ""))
		}
		return line
	case compile.InputMargin:
		return line + fmt.Sprintf("margin %s (%s)", in.RefersTo, in.Source)
	}
	return line + in.Kind + " " + in.RefersTo
}
