package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// Text prints what differs, what is worst first: a line a metric, with its course
// in both windows as wide as the terminal lets it be, and why for what matters.
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
		c.telemetry(w, style)
	}
	if len(c.VersionDiffs) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("Versions"))
		var rows [][]string
		for _, d := range c.VersionDiffs {
			rows = append(rows, []string{d.Severity, d.Component, version(d.OldVersion) + " -> " + version(d.NewVersion)})
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
			rows = append(rows, []string{d.Severity, d.Classification, key, d.Change, cmp.Or(d.Needs, "-"), d.values()})
		}
		report.Table(w, style, []string{"severity", "class", "setting", "", "needs", "value"}, rows)
	}
	NotesText(w, style, c.Notes)
}

// NotesText prints what to bear in mind of a comparison.
func NotesText(w io.Writer, style report.Style, notes []string) {
	for i, n := range notes {
		if i == 0 {
			fmt.Fprintf(w, "\n%s\n", style.Bold("To bear in mind"))
		}
		fmt.Fprintf(w, "  - %s\n", n)
	}
}

// what a line takes where nobody tells how long one may be
const usualWidth = 120

// room between columns, and the most and the least columns of a course
const (
	between  = 2
	mostCols = 24
	fewCols  = 4
	barCols  = 8
)

func (c Comparison) telemetry(w io.Writer, style report.Style) {
	heading := []string{"", "metric", "A -> B", "change"}
	rows := c.rows(true)
	room := cmp.Or(style.Width(), usualWidth) - used(rows)
	if room < 0 {
		rows = c.rows(false)
	}
	// bars where the courses keep as much room as they need to be read
	if with := room - barCols - between; (with-1)/2 >= barCols {
		heading, room = append(heading, "up to x4"), with
		for i, d := range c.TelemetryDiffs {
			rows[i] = append(rows[i], d.bar())
		}
	}
	if each := min((room-1)/2, mostCols); each >= fewCols {
		heading = append(heading, "A | B")
		for i, d := range c.TelemetryDiffs {
			rows[i] = append(rows[i], course(d.before, d.after, each))
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

// rows of the metrics, with the units of their values where there is room.
func (c Comparison) rows(units bool) [][]string {
	rows := make([][]string, len(c.TelemetryDiffs))
	for i, d := range c.TelemetryDiffs {
		values := amount(d.OldValue) + " -> " + amount(d.NewValue)
		if units {
			values += " " + d.Unit
		}
		rows[i] = []string{d.mark(), d.Metric, values, d.change()}
	}
	return rows
}

// used is how many columns rows take, and the room after them.
func used(rows [][]string) int {
	var widths [4]int
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	all := 0
	for _, width := range widths {
		all += width + between
	}
	return all
}

// mark is the severity of what matters, and the verdict of everything else.
func (d TelemetryDiff) mark() string {
	if d.Severity != judge.Info {
		return d.Severity
	}
	return strings.ReplaceAll(string(d.Direction), "_", " ")
}

func amount(v *float64) string {
	if v == nil {
		return "?"
	}
	return strconv.FormatFloat(*v, 'g', 4, 64)
}

func (d TelemetryDiff) change() string {
	switch {
	case d.Evidence.Change.Absolute == nil:
		return "-"
	case d.ChangePct == nil:
		return fmt.Sprintf("%+.4g", *d.Evidence.Change.Absolute)
	}
	return fmt.Sprintf("%+.1f %%", *d.ChangePct)
}

// bar is how many times larger or smaller what matters has become, on a scale of
// its own: an eighth of a column is the least, and four times is all of it.
func (d TelemetryDiff) bar() string {
	if d.Direction != judge.Regressed && d.Direction != judge.Improved || d.OldValue == nil || d.NewValue == nil || *d.OldValue == *d.NewValue {
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

func (d ConfigDiff) values() string {
	if d.Redacted && d.Change == Changed {
		return "another secret"
	}
	old, now := text(d.OldValue), text(d.NewValue)
	switch d.Change {
	case Added:
		return strings.TrimSpace(now + " " + d.Unit)
	case Removed:
		return strings.TrimSpace(old + " " + d.Unit)
	}
	return strings.TrimSpace(old + " -> " + now + " " + d.Unit)
}

func text(v any) string {
	switch {
	case stands(v):
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

func version(v *string) string {
	if v == nil {
		return "not known"
	}
	return *v
}

// course of a metric in both windows, on one scale from zero.
func course(a, b []behaviour.Point, each int) string {
	most := 0.0
	for _, p := range a {
		most = max(most, p.Value)
	}
	for _, p := range b {
		most = max(most, p.Value)
	}
	return spark(a, most, each) + "|" + spark(b, most, each)
}

var ticks = []rune("▁▂▃▄▅▆▇█")

// spark draws points in so many columns; where there are none, blanks.
func spark(points []behaviour.Point, most float64, columns int) string {
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
		line[i] = ticks[min(int(math.Floor(level*float64(len(ticks)))), len(ticks)-1)]
	}
	return string(line)
}
