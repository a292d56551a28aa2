package diff

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

var headings = map[string]string{
	Impossible: "Impossible on a cluster that holds data",
	Restart:    "Needs a restart",
	Unknown:    "Not in the registry: it is unknown what the change needs",
	Reload:     "Hot reload",
}

// Text prints the changes for a review. With files, it prints the diffs of the files too.
func (d Diff) Text(w io.Writer, style report.Style, files bool) {
	fmt.Fprintln(w, style.Bold(d.A.Target+" -> "+d.B.Target))
	for _, x := range [][3]string{
		{"name", d.A.Name, d.B.Name},
		{"preset", d.A.Preset, d.B.Preset},
		{"modifier", d.A.Modifier, d.B.Modifier},
		{"Temporal server", d.A.TemporalVersion, d.B.TemporalVersion},
		{"DSQL plugin generation", d.A.PluginVersion, d.B.PluginVersion},
		{"compiler", d.A.CompilerVersion, d.B.CompilerVersion},
	} {
		if x[1] != x[2] {
			fmt.Fprintf(w, "  %s: %s -> %s\n", x[0], orNone(x[1]), orNone(x[2]))
		}
	}
	if d.IsEmpty() {
		fmt.Fprintln(w, "  no difference")
	}
	section := func(title string) { fmt.Fprintf(w, "\n%s\n", style.Bold(title)) }
	for _, need := range needs {
		var rows []Parameter
		for _, p := range d.Parameters {
			if p.Needs == need {
				rows = append(rows, p)
			}
		}
		if len(rows) > 0 {
			section(headings[need])
			writeChanges(w, rows)
		}
	}
	if len(d.Reads) > 0 {
		section("Variables and keys that the server and its plugin read")
		for _, r := range d.Reads {
			fmt.Fprintf(w, "  %s %s %s = %s\n", r.Change, r.Kind, r.Name, report.FormatValue(r.Value, ""))
		}
	}
	if len(d.Defaults) > 0 {
		section("Server defaults of keys that are not set")
		for _, x := range d.Defaults {
			fmt.Fprintf(w, "  %s: %s -> %s\n", x.Key, report.FormatValue(x.Before, ""), report.FormatValue(x.After, ""))
		}
	}
	for _, x := range []struct {
		title    string
		findings []policy.Finding
	}{{"Findings that appear", d.Appear}, {"Findings that disappear", d.Vanish}} {
		if len(x.findings) > 0 {
			section(x.title)
			for _, f := range x.findings {
				fmt.Fprintf(w, "  %s: %s: %s\n    %s\n", f.Severity, f.RuleName, f.Message, f.Advice())
			}
		}
	}
	if len(d.Files) > 0 {
		section("Files")
		for _, f := range d.Files {
			fmt.Fprintf(w, "  %s %s\n", f.Change, f.Path)
		}
	}
	if len(d.Notes) > 0 {
		section("Notes")
		for _, note := range d.Notes {
			fmt.Fprintf(w, "  %s\n", note)
		}
	}
	for _, m := range d.Missing {
		fmt.Fprintf(w, "\nnot compared: %s\n", m)
	}
	for _, f := range d.Files {
		if files && f.Unified != "" {
			fmt.Fprintf(w, "\n%s", f.Unified)
		}
	}
}

func writeChanges(w io.Writer, rows []Parameter) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range rows {
		source := p.SourceAfter
		if p.SourceBefore != p.SourceAfter {
			source = orNone(p.SourceBefore) + " -> " + orNone(p.SourceAfter)
		}
		before, after := "not set", "not set"
		if p.SourceBefore != "" {
			before = report.FormatValue(p.Before, "")
		}
		if p.SourceAfter != "" {
			after = report.FormatValue(p.After, p.Unit)
		}
		key := p.Key
		if p.Place != "" {
			key += " (" + p.Place + ")"
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s -> %s\t(%s)\n", p.Classification, key, before, after, source)
	}
	_ = tw.Flush() // into a buffer
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
