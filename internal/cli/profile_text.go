package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

func listText(w io.Writer, style report.Style, all []behaviour.Metadata) {
	if len(all) == 0 {
		fmt.Fprintln(w, "there are no such profiles")
		return
	}
	var rows [][]string
	for _, m := range all {
		mark := ""
		if m.IsBaseline {
			mark = "baseline"
		}
		rows = append(rows, []string{m.ID, windowText(m.WindowStart, m.WindowEnd), scopeText(m.ClusterID, m.Namespace, m.TaskQueue), m.Label, mark, m.Name})
	}
	report.Table(w, style, []string{"ID", "WINDOW (UTC)", "OF", "LABEL", "", "NAME"}, rows)
}

func scopeText(cluster, namespace, taskQueue string) string {
	text := cluster
	if namespace != "" {
		text += "/" + namespace
	}
	if taskQueue != "" {
		text += " " + taskQueue
	}
	return text
}

func windowText(start, end time.Time) string {
	length := strings.TrimSuffix(end.Sub(start).String(), "0s")
	if strings.HasSuffix(length, "h0m") {
		length = strings.TrimSuffix(length, "0m")
	}
	return fmt.Sprintf("%s +%s", start.UTC().Format("2006-01-02 15:04"), length)
}

// widest and narrowest that a series is drawn.
const (
	mostSpark  = 24
	leastSpark = 8
)

// An observed metric, with its name.
type observed struct {
	name string
	behaviour.Summary
}

// columns of a metric, the dispensable ones last in order of their rank.
var metricColumns = []struct {
	heading string
	rank    int // 0 always stays
	text    func(observed) string
}{
	{"METRIC", 0, func(m observed) string { return m.name }},
	{"MEAN", 0, func(m observed) string { return number(m.Mean) }},
	{"P50", 2, func(m observed) string { return number(m.P50) }},
	{"P95", 2, func(m observed) string { return number(m.P95) }},
	{"P99", 0, func(m observed) string { return number(m.P99) }},
	{"MAX", 1, func(m observed) string { return number(m.Max) }},
	{"UNIT", 0, func(m observed) string { return m.Unit }},
	{"SAMPLES", 3, func(m observed) string {
		if m.Samples == m.Expected {
			return strconv.Itoa(m.Samples)
		}
		return fmt.Sprintf("%d/%d", m.Samples, m.Expected)
	}},
}

// metricsText prints as many columns as the terminal has room for, and the series
// in what is left.
func metricsText(w io.Writer, style report.Style, p behaviour.Profile, all []observed) {
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
		spark := mostSpark
		if style.Width() > 0 {
			spark = min(spark, style.Width()-used)
		}
		if spark < leastSpark && rank > 0 {
			continue
		}
		if spark >= leastSpark {
			heading = append(heading, "SERIES")
			for i, m := range all {
				rows[i] = append(rows[i], client.Sparkline(m.Series, p.WindowStart.Unix(), p.WindowEnd.Unix(), spark))
			}
			style = style.At(0) // it fits
		}
		report.Table(w, style, heading, rows)
		return
	}
}

func profileText(w io.Writer, style report.Style, p behaviour.Profile) {
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
	line("of", scopeText(p.ClusterID, p.Namespace, p.TaskQueue)+baseline)
	line("window", fmt.Sprintf("%s to %s UTC", p.WindowStart.UTC().Format("2006-01-02 15:04:05"), p.WindowEnd.UTC().Format("2006-01-02 15:04:05")))
	line("label", p.Label)
	line("preset", p.PresetName)
	line("versions", versionsText(p.Metadata))
	c := p.Config
	variables := 0
	for _, all := range c.Environment {
		variables += len(all)
	}
	line("configuration", fmt.Sprintf("%d dynamic-config keys, %d variables, %d parameters; %d secrets redacted, %d things unknown",
		len(c.DynamicConfig), variables, len(c.Parameters), len(c.Redacted), len(c.Unknown)))
	collected := fmt.Sprintf("every %ds, %s", p.Collection.Step, p.Collection.Dialect)
	if p.Collection.Dialect == "" {
		collected = fmt.Sprintf("every %ds", p.Collection.Step)
	}
	if p.Collection.Partial {
		collected += fmt.Sprintf(", partial: %d queries failed", len(p.Collection.Failed))
	}
	line("telemetry", collected)
	line("started", cmp.Or(p.Collection.Started(), "unknown"))
	fmt.Fprintln(w)

	var present []observed
	var without [][]string
	for _, category := range slices.Sorted(maps.Keys(p.Telemetry)) {
		for _, name := range slices.Sorted(maps.Keys(p.Telemetry[category])) {
			m := observed{category + "." + name, p.Telemetry[category][name]}
			if m.Status == behaviour.NoData {
				without = append(without, []string{m.name, m.Reason})
				continue
			}
			present = append(present, m)
		}
	}
	if len(present) > 0 {
		metricsText(w, style, p, present)
	}
	if len(without) > 0 {
		if len(present) > 0 {
			fmt.Fprintln(w)
		}
		report.Table(w, style, []string{"NO DATA", "WHY"}, without)
	}
}

func versionsText(m behaviour.Metadata) string {
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

// number has four digits that count, and no more than it takes.
func number(v *float64) string {
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

// A bar shows on a terminal how far a profile is; elsewhere it is silent.
type bar struct {
	w     io.Writer
	drawn bool
}

// newBar is nil where nobody would see it.
func newBar(w io.Writer, env func(string) string) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || env("TERM") == "dumb" {
		return nil
	}
	return &bar{w: w}
}

const barColumns = 30

func (b *bar) told() func(done, total int) {
	if b == nil {
		return nil
	}
	return func(done, total int) {
		if total <= 0 {
			return
		}
		filled := barColumns * min(done, total) / total
		fmt.Fprintf(b.w, "\r\x1b[Kcollecting %s%s %d of %d", strings.Repeat("█", filled), strings.Repeat("░", barColumns-filled), done, total)
		b.drawn = true
	}
}

// clear takes it away: what is printed next begins at the line's start.
func (b *bar) clear() {
	if b != nil && b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
