package migrate

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// Text prints the report.
func (out *Report) Text(w io.Writer, style report.Style) {
	var rows [][]string
	var apart []string
	counts := map[Status]int{}
	for _, i := range out.Items {
		counts[i.Status]++
		if i.Status == Apart && i.Target == "" {
			apart = append(apart, printableText(i.Setting))
			continue
		}
		rows = append(
			rows,
			[]string{string(i.Status), printableText(i.Setting), i.formatDifference(), i.formatPlaces(), printableText(i.formatReason())},
		)
	}
	var counted []string
	for _, s := range Statuses {
		if counts[s] > 0 {
			counted = append(counted, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	fmt.Fprintf(
		w,
		"%s\n",
		style.Bold(
			fmt.Sprintf(
				"on %s, Temporal %s, DSQL plugin generation %s: %s",
				presetTitle(out.Preset, out.Modifier),
				out.Temporal,
				out.Plugin,
				strings.Join(counted, ", "),
			),
		),
	)
	report.Table(w, style, []string{"STATUS", "SETTING", "VALUE", "PLACE", "WHY"}, rows)
	if len(apart) > 0 {
		fmt.Fprintf(w, "other programs or the platform, unchanged: %s\n", strings.Join(apart, ", "))
	}
	for n, p := range out.Proposals {
		fmt.Fprintln(w)
		title := "fits best"
		switch {
		case out.isDecided:
			title = "on the named preset"
		case n > 0:
			title = "fits second best"
		}
		p.printProposal(w, style, title, n == 0)
	}
	fmt.Fprintln(w)
	if out.Move != nil {
		out.Move.printMove(w, style)
	}
	if len(out.Undecided) > 0 {
		fmt.Fprintf(w, "guard rails do not check what has several values, or none that is known and valid: %s\n",
			strings.Join(out.Undecided, ", "))
	}
	if len(out.Findings) == 0 {
		fmt.Fprintln(w, style.Bold("guard rails: no findings for the running configuration"))
		return
	}
	fmt.Fprintln(w, style.Bold("guard rail findings for the running configuration:"))
	report.Subject{Findings: out.Findings}.Text(w, style)
}

func (p Proposal) printProposal(w io.Writer, style report.Style, title string, isFirst bool) {
	fmt.Fprintln(w, style.Bold(fmt.Sprintf("%s: %s, with %s", title, presetTitle(p.Preset, p.Modifier), countOverrides(len(p.Overrides)))))
	for _, o := range p.Overrides {
		where, without := "", ""
		if o.Holds != nil {
			where = o.Holds.Field + "." + o.Holds.Label + ": "
		}
		if o.Base != nil {
			without = ", without it " + formatValue(o.Base)
		}
		fmt.Fprintf(w, "  %s%s = %s%s (%s)\n", printableText(where), printableText(o.Key), formatValue(o.Value), without,
			printableText(o.Place.String()))
	}
	var assumed []string
	for _, a := range p.Assumed {
		if a.Immutable {
			fmt.Fprintf(w, "  %s must never change and no source shows it: set it, unless it is %s\n", a.Parameter, formatValue(a.Value))
			continue
		}
		assumed = append(assumed, fmt.Sprintf("%s = %s", a.Parameter, formatValue(a.Value)))
	}
	if len(assumed) > 0 && isFirst {
		fmt.Fprintf(w, "  not shown by any source, so taken from the preset: %s\n", strings.Join(assumed, ", "))
	}
}

func countOverrides(n int) string {
	switch n {
	case 0:
		return "no override left"
	case 1:
		return "1 override left"
	}
	return fmt.Sprintf("%d overrides left", n)
}

func presetTitle(preset, modifier string) string {
	if modifier == "" {
		return preset
	}
	return preset + " with " + modifier
}

// formatDifference returns the value, and the value without it.
func (i Item) formatDifference() string {
	switch {
	case i.Value == nil:
		return "-"
	case i.Status == Changed:
		return formatValue(i.Base) + " -> " + formatValue(i.Value)
	}
	return formatValue(i.Value)
}

func (i Item) formatPlaces() string {
	if more := len(i.Places) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", printableText(i.Places[0].String()), more)
	}
	return printableText(i.Places[0].String())
}

func (i Item) formatReason() string {
	switch {
	case i.Reason == "":
		return i.Target
	case i.Remedy == "" && i.Target != "":
		return i.Target + ": " + i.Reason
	case i.Remedy == "":
		return i.Reason
	}
	return i.Reason + "; " + i.Remedy
}

const maxText = 60 // limit for a value

// formatValue shortens a value to a few words.
func formatValue(v any) string {
	if v == nil {
		return "unknown"
	}
	text := report.FormatValue(v, "")
	text = printableText(text)
	if all := []rune(text); len(all) > maxText {
		text = string(all[:maxText]) + "…"
	}
	return text
}

// printableText replaces characters that control a terminal.
func printableText(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsGraphic(c) {
			return c
		}
		return unicode.ReplacementChar
	}, text)
}
