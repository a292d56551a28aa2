package profile

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

func writeProfiles(w io.Writer, style report.Style, all []behaviour.Metadata) {
	if len(all) == 0 {
		fmt.Fprintln(w, "no matching profiles")
		return
	}
	var rows [][]string
	for _, m := range all {
		mark := ""
		if m.IsBaseline {
			mark = "baseline"
		}
		rows = append(rows, []string{m.ID, formatWindow(m.WindowStart, m.WindowEnd), formatScope(m.ClusterID, m.Namespace, m.TaskQueue),
			m.Label, mark, m.Name})
	}
	report.Table(w, style, []string{"ID", "WINDOW (UTC)", "SCOPE", "LABEL", "", "NAME"}, rows)
}

func formatScope(cluster, namespace, taskQueue string) string {
	text := cluster
	if namespace != "" {
		text += "/" + namespace
	}
	if taskQueue != "" {
		text += " " + taskQueue
	}
	return text
}

func formatWindow(start, end time.Time) string {
	length := strings.TrimSuffix(end.Sub(start).String(), "0s")
	if strings.HasSuffix(length, "h0m") {
		length = strings.TrimSuffix(length, "0m")
	}
	return fmt.Sprintf("%s +%s", start.UTC().Format("2006-01-02 15:04"), length)
}

// Maximum and minimum width of a series.
const (
	maxSparkline = 24
	minSparkline = 8
)

// namedSummary is a metric with its name.
type namedSummary struct {
	name string
	behaviour.Summary
}

// metricColumns are the columns of a metric. A narrow terminal drops those with the highest rank.
var metricColumns = []struct {
	heading string
	rank    int // 0 is never dropped
	text    func(namedSummary) string
}{
	{"METRIC", 0, func(m namedSummary) string { return m.name }},
	{"MEAN", 0, func(m namedSummary) string { return formatNumber(m.Mean) }},
	{"P50", 2, func(m namedSummary) string { return formatNumber(m.P50) }},
	{"P95", 2, func(m namedSummary) string { return formatNumber(m.P95) }},
	{"P99", 0, func(m namedSummary) string { return formatNumber(m.P99) }},
	{"MAX", 1, func(m namedSummary) string { return formatNumber(m.Max) }},
	{"UNIT", 0, func(m namedSummary) string { return m.Unit }},
	{"SAMPLES", 3, func(m namedSummary) string {
		if m.Samples == m.Expected {
			return strconv.Itoa(m.Samples)
		}
		return fmt.Sprintf("%d/%d", m.Samples, m.Expected)
	}},
}

// writeMetrics prints as many columns as fit into the terminal, and the series in the
// remaining width.
func writeMetrics(w io.Writer, style report.Style, p behaviour.Profile, all []namedSummary) {
	for rank := 3; ; rank-- {
		heading, used := []string{}, 0
		rows := make([][]string, len(all))
		for _, c := range metricColumns {
			if c.rank > rank {
				continue
			}
			wide := len(c.heading)
			for i, m := range all {
				text := c.text(m)
				wide, rows[i] = max(wide, len(text)), append(rows[i], text)
			}
			heading, used = append(heading, c.heading), used+wide+2
		}
		spark := maxSparkline
		if style.Width() > 0 {
			spark = min(spark, style.Width()-used)
		}
		if spark < minSparkline && rank > 0 {
			continue
		}
		if spark >= minSparkline {
			heading = append(heading, "SERIES")
			for i, m := range all {
				rows[i] = append(rows[i], client.DrawSparkline(m.Series, p.WindowStart.Unix(), p.WindowEnd.Unix(), spark))
			}
			style = style.WithWidth(0) // it fits
		}
		report.Table(w, style, heading, rows)
		return
	}
}

func writeProfile(w io.Writer, style report.Style, p behaviour.Profile) {
	fmt.Fprintln(w, style.Bold(p.Name))
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-14s %s\n", name, text)
		}
	}
	line("id", p.ID)
	baseline := ""
	if p.IsBaseline {
		baseline = ", its baseline"
	}
	line("scope", formatScope(p.ClusterID, p.Namespace, p.TaskQueue)+baseline)
	line("window", fmt.Sprintf("%s to %s UTC", p.WindowStart.UTC().Format("2006-01-02 15:04:05"),
		p.WindowEnd.UTC().Format("2006-01-02 15:04:05")))
	line("label", p.Label)
	line("preset", p.PresetName)
	line("versions", formatVersions(p.Metadata))
	c := p.Config
	variables := 0
	for _, all := range c.Environment {
		variables += len(all)
	}
	line("configuration", fmt.Sprintf("%d dynamic-config keys, %d variables, %d parameters; %d secrets redacted, %d values unknown",
		len(c.DynamicConfig), variables, len(c.Parameters), len(c.Redacted), len(c.Unknown)))
	collected := fmt.Sprintf("every %ds, %s", p.Collection.Step, p.Collection.Dialect)
	if p.Collection.Dialect == "" {
		collected = fmt.Sprintf("every %ds", p.Collection.Step)
	}
	if p.Collection.Partial {
		collected += fmt.Sprintf(", partial: %d queries failed", len(p.Collection.Failed))
	}
	line("telemetry", collected)
	line("started", cmp.Or(p.Collection.StartsText(), "unknown"))
	fmt.Fprintln(w)

	var present []namedSummary
	var without [][]string
	for _, category := range slices.Sorted(maps.Keys(p.Telemetry)) {
		for _, name := range slices.Sorted(maps.Keys(p.Telemetry[category])) {
			m := namedSummary{category + "." + name, p.Telemetry[category][name]}
			if m.Status == behaviour.NoData {
				without = append(without, []string{m.name, m.Reason})
				continue
			}
			present = append(present, m)
		}
	}
	if len(present) > 0 {
		writeMetrics(w, style, p, present)
	}
	if len(without) > 0 {
		if len(present) > 0 {
			fmt.Fprintln(w)
		}
		report.Table(w, style, []string{"NO DATA", "WHY"}, without)
	}
}

func formatVersions(m behaviour.Metadata) string {
	var all []string
	for _, v := range []struct{ name, value string }{
		{"Temporal", m.TemporalServerVersion}, {"DSQL plugin", m.DSQLPluginVersion}, {"workers", m.WorkerCodeSHA},
	} {
		value := v.value
		if value == "" {
			value = "unknown"
		}
		all = append(all, v.name+" "+value)
	}
	return strings.Join(all, ", ")
}

// formatNumber formats a number with four significant digits.
func formatNumber(v *float64) string {
	if v == nil {
		return "-"
	}
	if *v == math.Trunc(*v) && math.Abs(*v) < 1e15 {
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	if math.Abs(*v) >= 1e4 {
		return strconv.FormatFloat(math.Round(*v), 'f', -1, 64)
	}
	return strconv.FormatFloat(*v, 'g', 4, 64)
}

// progressBar shows the progress of a profile on a terminal.
type progressBar struct {
	w     io.Writer
	drawn bool
}

// newProgressBar returns nil if w is not a terminal.
func newProgressBar(w io.Writer, env func(string) string) *progressBar {
	f := words.FileOf(w)
	if f == nil || !term.IsTerminal(int(f.Fd())) || env("TERM") == "dumb" {
		return nil
	}
	return &progressBar{w: f}
}

const barColumns = 30

func (b *progressBar) callback() func(done, total int) {
	if b == nil {
		return nil
	}
	return func(done, total int) {
		if total <= 0 {
			return
		}
		filled := barColumns * min(done, total) / total
		fmt.Fprintf(
			b.w,
			"\r\x1b[Kcollecting %s%s %d of %d",
			strings.Repeat("█", filled),
			strings.Repeat("░", barColumns-filled),
			done,
			total,
		)
		b.drawn = true
	}
}

// eraseLine erases the bar, so that the next output starts at the beginning of the line.
func (b *progressBar) eraseLine() {
	if b != nil && b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
