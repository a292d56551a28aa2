package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Text prints the comparison, worst first: a line per metric with its course in both windows, then details.
func (c Comparison) Text(w io.Writer, style report.Style) {
	for _, s := range []struct {
		which, id string
		side      Subject
	}{{"A", c.ProfileAID, c.A}, {"B", c.ProfileBID, c.B}} {
		scope := s.side.ClusterID
		for _, narrower := range []string{s.side.Namespace, s.side.TaskQueue} {
			if narrower != "" {
				scope += "/" + narrower
			}
		}
		fmt.Fprintf(w, "%s  %s  %s  %s to %s  %s\n", style.Bold(s.which), s.side.Name, scope, s.side.Start, s.side.End, s.id)
	}
	fmt.Fprintln(w, c.Summary)
	if len(c.TelemetryDiffs) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Telemetry"))
		c.printTelemetry(w, style)
	}
	CandidatesText(w, style, "Candidates, not causes: changes that can affect regressed metrics", c.Candidates)
	if len(c.VersionDiffs) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Versions"))
		var rows [][]string
		for _, d := range c.VersionDiffs {
			rows = append(rows, []string{d.Severity, d.Component, formatVersion(d.OldVersion) + " -> " + formatVersion(d.NewVersion)})
		}
		report.Table(w, style, []string{"severity", "component", "change"}, rows)
	}
	if len(c.ConfigDiffs) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Configuration"))
		var rows [][]string
		for _, d := range c.ConfigDiffs {
			key := d.Key
			if d.Service != "" {
				key += " (" + d.Service + ")"
			}
			rows = append(rows, []string{d.Severity, d.Classification, key, d.Change, cmp.Or(d.Needs, "-"), d.formatValues()})
		}
		report.Table(w, style, []string{"severity", "class", "setting", "", "needs", "value"}, rows)
	}
	NotesText(w, style, c.Notes)
}

// CandidatesText prints candidates, and the server defaults that a version changed.
func CandidatesText(w io.Writer, style report.Style, heading string, all []Candidate) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", style.Bold(heading))
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{x.Kind, x.Key, formatChanged(x.OldValue, x.NewValue), strings.Join(x.Metrics, ", ")})
		for _, d := range x.Defaults {
			rows = append(rows, []string{"default", d.Key, formatChanged(d.OldValue, d.NewValue), strings.Join(d.Metrics, ", ")})
		}
	}
	report.Table(w, style, []string{"KIND", "KEY", "CHANGE", "CAN AFFECT"}, rows)
}

func formatChanged(old, now any) string {
	text := func(v any) string {
		switch v := v.(type) {
		case nil:
			return "unset"
		case float64:
			return words.FormatNumber(v, 4)
		case string:
			return cmp.Or(v, "unset")
		}
		return fmt.Sprint(v)
	}
	return text(old) + " -> " + text(now)
}

// NotesText prints the notes of a comparison.
func NotesText(w io.Writer, style report.Style, notes []string) {
	for i, n := range notes {
		if i == 0 {
			fmt.Fprintf(w, "\n%s\n", style.Bold("Notes"))
		}
		fmt.Fprintf(w, "  - %s\n", n)
	}
}

// defaultWidth is the line width if the terminal's is unknown.
const defaultWidth = 120

// gap between columns, and the widths of a course and a bar
const (
	columnGap     = 2
	maxCourseCols = 24
	minCourseCols = 4
	barCols       = 8
)

func (c Comparison) printTelemetry(w io.Writer, style report.Style) {
	heading := []string{"", "metric", "A -> B", "change"}
	rows := c.metricRows(true)
	room := cmp.Or(style.Width(), defaultWidth) - usedColumns(rows)
	if room < 0 {
		rows = c.metricRows(false)
	}
	// bars only if the courses stay readable
	if with := room - barCols - columnGap; (with-1)/2 >= barCols {
		heading, room = append(heading, "up to x4"), with
		for i, d := range c.TelemetryDiffs {
			rows[i] = append(rows[i], d.changeBar())
		}
	}
	if each := min((room-1)/2, maxCourseCols); each >= minCourseCols {
		heading = append(heading, "A | B")
		for i, d := range c.TelemetryDiffs {
			rows[i] = append(rows[i], drawCourse(d.before, d.after, each))
		}
	}
	report.Table(w, style, heading, rows)
	first := true
	for _, d := range c.TelemetryDiffs {
		if d.Severity == judge.Info && d.Direction != judge.Regressed && d.Direction != judge.Inconclusive {
			continue
		}
		if first {
			fmt.Fprintln(w)
			first = false
		}
		fmt.Fprintf(w, "%s: %s\n", d.Severity, d.Sentence)
		for _, n := range d.Evidence.Notes {
			fmt.Fprintf(w, "  %s\n", n)
		}
	}
}

// metricRows returns the table rows of the metrics, optionally with units.
func (c Comparison) metricRows(units bool) [][]string {
	rows := make([][]string, len(c.TelemetryDiffs))
	for i, d := range c.TelemetryDiffs {
		values := d.formatValues(units)
		rows[i] = []string{d.rowLabel(), d.Metric, values, d.formatChange()}
	}
	return rows
}

// formatValues formats both values in one multiple of the unit, optionally with it.
func (d TelemetryDiff) formatValues(withUnit bool) string {
	var known []float64
	for _, v := range []*float64{d.OldValue, d.NewValue} {
		if v != nil {
			known = append(known, *v)
		}
	}
	amounts, unit := words.FormatAmounts(d.Unit, 4, known...)
	texts := []string{"?", "?"}
	for i, v := range []*float64{d.OldValue, d.NewValue} {
		if v != nil {
			texts[i], amounts = amounts[0], amounts[1:]
		}
	}
	text := texts[0] + " -> " + texts[1]
	if withUnit || unit != d.Unit {
		text += " " + unit
	}
	return text
}

// usedColumns returns the width of rows, including gaps.
func usedColumns(rows [][]string) int {
	var widths [4]int
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	all := 0
	for _, width := range widths {
		all += width + columnGap
	}
	return all
}

// rowLabel returns the severity of important changes, or the verdict.
func (d TelemetryDiff) rowLabel() string {
	if d.Severity != judge.Info {
		return d.Severity
	}
	return strings.ReplaceAll(string(d.Direction), "_", " ")
}

func (d TelemetryDiff) formatChange() string {
	switch {
	case d.Evidence.Change.Absolute == nil:
		return "-"
	case d.ChangePct == nil:
		amounts, _ := words.FormatAmounts(d.Unit, 4, *d.Evidence.Change.Absolute)
		if *d.Evidence.Change.Absolute > 0 {
			return "+" + amounts[0]
		}
		return amounts[0]
	}
	return words.FormatPercent(*d.ChangePct, 1)
}

// changeBar draws how many times larger or smaller an improved or regressed metric became. One column is 1/8 of its
// scale; a factor of four fills the bar.
func (d TelemetryDiff) changeBar() string {
	if d.Direction != judge.Regressed && d.Direction != judge.Improved || d.OldValue == nil || d.NewValue == nil ||
		*d.OldValue == *d.NewValue {
		return ""
	}
	const most = 2 // as a power of two
	times := math.Abs(math.Log2(math.Abs(*d.NewValue) / math.Abs(*d.OldValue)))
	if math.IsNaN(times) {
		times = most
	}
	eighths := max(int(math.Round(min(times/most, 1)*barCols*8)), 1)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}

func (d ConfigDiff) formatValues() string {
	if d.Redacted && d.Change == Changed {
		return "another secret"
	}
	old, now := formatValue(d.OldValue), formatValue(d.NewValue)
	switch d.Change {
	case Added:
		return strings.TrimSpace(now + " " + d.Unit)
	case Removed:
		return strings.TrimSpace(old + " " + d.Unit)
	}
	return strings.TrimSpace(old + " -> " + now + " " + d.Unit)
}

func formatValue(v any) string {
	switch {
	case hasDigest(v):
		return "a secret"
	case v == nil:
		return "null"
	}
	if s, ok := v.(string); ok && s != "" {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(data)
}

func formatVersion(v *string) string {
	if v == nil {
		return "unknown"
	}
	return *v
}

// drawCourse draws a metric in both windows on a common scale from zero.
func drawCourse(a, b []behaviour.Point, each int) string {
	most := 0.0
	for _, p := range a {
		most = max(most, p.Value)
	}
	for _, p := range b {
		most = max(most, p.Value)
	}
	return drawSparkline(a, most, each) + "|" + drawSparkline(b, most, each)
}

var sparkTicks = []rune("▁▂▃▄▅▆▇█")

// drawSparkline draws points in the given number of columns, or blanks without points.
func drawSparkline(points []behaviour.Point, most float64, columns int) string {
	line := make([]rune, columns)
	for i := range line {
		from, to := i*len(points)/columns, (i+1)*len(points)/columns
		if len(points) == 0 {
			line[i] = ' '
			continue
		}
		to = max(to, from+1)
		sum := 0.0
		for _, p := range points[from:to] {
			sum += p.Value / float64(to-from)
		}
		level := 0.0
		if most > 0 {
			level = max(sum, 0) / most
		}
		line[i] = sparkTicks[min(int(math.Floor(level*float64(len(sparkTicks)))), len(sparkTicks)-1)]
	}
	return string(line)
}
