package profileview

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Report shows one profile, or the comparison of two, as the pages do, without a service.
type Report struct {
	A *behaviour.Profile
	B *behaviour.Profile // nil for a report of A alone
	// Earlier profiles of the same scope show what is usual.
	Earlier []behaviour.Profile
	// Module is a folder of the CUE module.
	Module  string
	Version string
}

// reportView is the input of the report templates.
type reportView struct {
	Title    string
	Style    template.CSS
	Version  string
	Profile  *Profile
	Compared *Comparison
}

func (r Report) buildView(ctx context.Context) (*reportView, error) {
	shared := evaluator.New(r.Module, time.Now)
	defer shared.Close()
	w := engines.NewPool(shared, nil)
	out := &reportView{Title: r.A.Name, Version: r.Version}
	if r.B != nil {
		c, err := Compare(ctx, w, r.A, r.B, r.Earlier)
		if err != nil {
			return nil, err
		}
		out.Title, out.Compared = r.A.Name+" → "+r.B.Name, c
		return out, nil
	}
	ref, err := w.LoadModuleData()
	if err != nil {
		return nil, err
	}
	held, err := CheckConformance(ctx, w, r.A)
	if err != nil {
		return nil, err
	}
	v := NewProfile(r.A, ref, held)
	out.Profile = &v
	return out, nil
}

// serviceLinks matches links and data that need the service.
var serviceLinks = regexp.MustCompile(` (?:href="` + regexp.QuoteMeta(api.UIPath) +
	`[^"]*"|data-(?:series|plot|low|high|seconds|unit)="[^"]*")`)

// HTML returns the report as one self-contained file.
func (r Report) HTML(ctx context.Context) ([]byte, error) {
	v, err := r.buildView(ctx)
	if err != nil {
		return nil, err
	}
	all, err := frame.LoadAssets()
	if err != nil {
		return nil, err
	}
	v.Style = template.CSS(all["pages.css"].Data)
	var out bytes.Buffer
	if err := frame.Execute(&out, "report", "report.html", v); err != nil {
		return nil, err
	}
	return serviceLinks.ReplaceAll(out.Bytes(), nil), nil
}

// Markdown returns the report for a pull request: important metrics first, the others
// folded.
func (r Report) Markdown(ctx context.Context) ([]byte, error) {
	v, err := r.buildView(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "## %s\n\n", escapeInline(v.Title))
	if v.Compared != nil {
		writeComparison(&b, v.Compared)
	} else {
		writeProfile(&b, v.Profile)
	}
	return b.Bytes(), nil
}

func writeComparison(b *bytes.Buffer, c *Comparison) {
	fmt.Fprintf(b, "%s.\n\n", escapeInline(frame.Capitalise(c.Summary)))
	for i, s := range c.Sides {
		fmt.Fprintf(b, "- %s: **%s**, %s, %s UTC, Temporal %s\n", []string{"before", "after"}[i], escapeInline(s.Name),
			escapeInline(formatScope(s.Metadata)), s.Span, escapeInline(orDash(s.TemporalServerVersion)))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(b, "- note: %s\n", escapeInline(n))
	}
	b.WriteString("\n")
	var matters, rest [][]string
	for _, p := range append(append([]metricPair{}, c.Judged...), c.NoData...) {
		row := []string{formatState(p.Direction), "`" + p.Key + "`", p.Before, p.After, orDash(p.Change)}
		if p.Direction == "regressed" || p.Direction == "improved" {
			matters = append(matters, row)
		} else {
			rest = append(rest, row)
		}
	}
	head := []string{"verdict", "metric", "before", "after", "change"}
	writeTable(b, head, matters)
	writeFolded(b, words.Count(len(rest), "other metric"), head, rest)
	var rows [][]string
	for _, x := range c.Health.Candidates {
		rows = append(rows, []string{"`" + x.Key + "`", frame.FormatChange(x.Kind, x.OldValue), frame.FormatChange(x.Kind, x.NewValue),
			strings.Join(x.Metrics, ", ")})
		for _, d := range x.Defaults {
			rows = append(
				rows,
				[]string{"`" + d.Key + "` (default)", fmt.Sprint(d.OldValue), fmt.Sprint(d.NewValue), strings.Join(d.Metrics, ", ")},
			)
		}
	}
	writeSection(b, "Candidates, not causes", []string{"change", "before", "after", "can affect"}, rows)
	rows = nil
	for _, x := range c.Versions {
		rows = append(rows, []string{x.Name, x.Before, x.After})
	}
	writeSection(b, "Versions", []string{"component", "before", "after"}, rows)
	rows = nil
	for _, x := range c.Config {
		rows = append(rows, []string{"`" + x.Key + "`", x.Before, x.After, x.Classification, orDash(x.Needs)})
	}
	writeSection(b, "Configuration", []string{"setting", "before", "after", "classification", "to apply"}, rows)
}

func writeProfile(b *bytes.Buffer, v *Profile) {
	fmt.Fprintf(b, "%s, %s UTC (%s). Temporal %s, DSQL plugin %s, worker code %s.\n\n", escapeInline(formatScope(v.Metadata)), v.Span,
		v.Length,
		escapeInline(orDash(v.TemporalServerVersion)), escapeInline(orDash(v.DSQLPluginVersion)), escapeInline(orDash(v.WorkerCodeSHA)))
	for _, h := range v.Held {
		text := h.Verdict.Summary
		if h.Why != "" {
			text = h.Why
		}
		fmt.Fprintf(b, "- %s %s: %s\n", formatState(h.Verdict.Label), escapeInline(h.Bounds), escapeInline(text))
	}
	b.WriteString("\n")
	var rows [][]string
	for _, m := range slices.Concat(v.Outside.Shown, v.Outside.Folded) {
		rows = append(rows, append([]string{"`" + m.Key + "`", m.Outside}, metricCells(m)...))
	}
	writeSection(b, "Outside the bounds", append([]string{"metric", "outside"}, metricHead...), rows)
	for _, c := range v.Categories {
		rows = nil
		for _, m := range c.Metrics {
			rows = append(rows, append([]string{"`" + m.Key + "`"}, metricCells(m)...))
		}
		writeSection(b, frame.FormatHeading(c.Name), append([]string{"metric"}, metricHead...), rows)
	}
}

// metricHead is the head of metricCells.
var metricHead = []string{"unit", "min", "p50", "p95", "p99", "max"}

// metricCells returns a metric's unit and aggregates, or why it has none.
func metricCells(m metricView) []string {
	if m.Summary.Status == behaviour.NoData {
		return []string{m.Unit, "no data: " + m.Summary.Reason, "", "", "", ""}
	}
	cells := []string{m.Unit}
	for _, p := range []int{0, 2, 3, 4, 5} { // min, p50, p95, p99, max
		cells = append(cells, m.Parts[p].Value)
	}
	return cells
}

func formatScope(m behaviour.Metadata) string {
	parts := []string{m.ClusterID}
	for _, p := range []string{m.Namespace, m.TaskQueue} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " / ")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func formatState(state string) string {
	b := frame.NewBadge(state)
	return strings.TrimSpace(b.Sign + " " + b.Text)
}

func writeSection(b *bytes.Buffer, title string, head []string, rows [][]string) {
	if len(rows) > 0 {
		fmt.Fprintf(b, "### %s\n\n", escapeInline(title))
		writeTable(b, head, rows)
	}
}

func writeFolded(b *bytes.Buffer, title string, head []string, rows [][]string) {
	if len(rows) > 0 {
		fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", title)
		writeTable(b, head, rows)
		b.WriteString("</details>\n\n")
	}
}

func writeTable(b *bytes.Buffer, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = escapeInline(c)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\n")
}

var markdownEscapes = strings.NewReplacer(
	"\n", " ", "\r", " ", "\t", " ", "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", `\`, `\\`,
	"[", `\[`, "]", `\]`, "!", `\!`, "*", `\*`, "`", "\\`", "~", `\~`, "#", `\#`,
	"://", "&#58;//", "www.", "www&#46;", "@", "&#64;", // hosts link these by themselves
)

// escapeInline keeps a text within its line and table cell, and HTML, links, images and mentions out of it. A cell that
// is one code span stays one.
func escapeInline(s string) string {
	s = words.StripInvisible(s)
	if code, ok := strings.CutPrefix(s, "`"); ok && strings.Count(code, "`") == 1 && strings.HasSuffix(code, "`") {
		return strings.NewReplacer("\n", " ", "\r", " ", "|", `\|`).Replace(s)
	}
	return markdownEscapes.Replace(s)
}
