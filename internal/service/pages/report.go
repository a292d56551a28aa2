package pages

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"regexp"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A Report is one profile, or what differs between two, to be kept or sent: the
// same as the pages show, without a service.
type Report struct {
	A *behaviour.Profile
	B *behaviour.Profile // nil where it is of A alone
	// Earlier profiles of the same scope tell what is usual.
	Earlier []behaviour.Profile
	// Module is the folder whose CUE module judges them.
	Module  string
	Version string
}

// reported is what the templates of reports are given.
type reported struct {
	Title    string
	Style    template.CSS
	Version  string
	Profile  *profileView
	Compared *comparison
}

func (r Report) gather(ctx context.Context) (*reported, error) {
	w := newWorkshop(r.Module, time.Now)
	defer w.stop()
	out := &reported{Title: r.A.Name, Version: r.Version}
	if r.B != nil {
		c, err := w.contrast(ctx, r.A, r.B, r.Earlier)
		if err != nil {
			return nil, err
		}
		out.Title, out.Compared = r.A.Name+" → "+r.B.Name, c
		return out, nil
	}
	ref, err := w.refer()
	if err != nil {
		return nil, err
	}
	held, err := w.conformance(ctx, r.A)
	if err != nil {
		return nil, err
	}
	v := newProfileView(r.A, ref, held)
	out.Profile = &v
	return out, nil
}

// within the service these lead somewhere
var leading = regexp.MustCompile(` (?:href="/ui/[^"]*"|data-(?:series|plot|low|high|seconds|unit)="[^"]*")`)

// HTML is one file that needs no other.
func (r Report) HTML(ctx context.Context) ([]byte, error) {
	v, err := r.gather(ctx)
	if err != nil {
		return nil, err
	}
	all, err := assets()
	if err != nil {
		return nil, err
	}
	v.Style = template.CSS(all["pages.css"].data)
	var out bytes.Buffer
	if err := execute(&out, "report", "report.html", v); err != nil {
		return nil, err
	}
	return leading.ReplaceAll(out.Bytes(), nil), nil
}

// Markdown is for a pull request: what matters first, the rest folded away.
func (r Report) Markdown(ctx context.Context) ([]byte, error) {
	v, err := r.gather(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "## %s\n\n", inline(v.Title))
	if v.Compared != nil {
		compareMarkdown(&b, v.Compared)
	} else {
		profileMarkdown(&b, v.Profile)
	}
	return b.Bytes(), nil
}

func compareMarkdown(b *bytes.Buffer, c *comparison) {
	fmt.Fprintf(b, "%s.\n\n", inline(sentence(c.Summary)))
	for i, s := range c.Of {
		fmt.Fprintf(b, "- %s: **%s**, %s, %s UTC, Temporal %s\n", []string{"before", "after"}[i], inline(s.Name), inline(scopeText(s.Metadata)), s.Span, inline(orDash(s.TemporalServerVersion)))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(b, "- to bear in mind: %s\n", inline(n))
	}
	b.WriteString("\n")
	var matters, rest [][]string
	for _, p := range append(append([]pair{}, c.Judged...), c.NoData...) {
		row := []string{signOf(p.Direction), "`" + p.Key + "`", p.Before, p.After, orDash(p.Change)}
		if p.Direction == "regressed" || p.Direction == "improved" {
			matters = append(matters, row)
		} else {
			rest = append(rest, row)
		}
	}
	head := []string{"verdict", "metric", "before", "after", "change"}
	table(b, head, matters)
	folded(b, plural(len(rest), "other metric"), head, rest)
	var rows [][]string
	for _, x := range c.Health.Candidates {
		rows = append(rows, []string{"`" + x.Key + "`", stated(x.Kind, x.OldValue), stated(x.Kind, x.NewValue), strings.Join(x.Metrics, ", ")})
	}
	section(b, "Candidates, not causes", []string{"change", "before", "after", "known to act on"}, rows)
	rows = nil
	for _, x := range c.Versions {
		rows = append(rows, []string{x.Name, x.Before, x.After})
	}
	section(b, "Versions", []string{"component", "before", "after"}, rows)
	rows = nil
	for _, x := range c.Config {
		rows = append(rows, []string{"`" + x.Key + "`", x.Before, x.After, x.Classification, orDash(x.Needs)})
	}
	section(b, "Configuration", []string{"setting", "before", "after", "classification", "a change needs"}, rows)
}

func profileMarkdown(b *bytes.Buffer, v *profileView) {
	fmt.Fprintf(b, "%s, %s UTC (%s). Temporal %s, DSQL plugin %s, worker code %s.\n\n", inline(scopeText(v.Metadata)), v.Span, v.Length,
		inline(orDash(v.TemporalServerVersion)), inline(orDash(v.DSQLPluginVersion)), inline(orDash(v.WorkerCodeSHA)))
	for _, h := range v.Held {
		said := h.Verdict.Summary
		if h.Why != "" {
			said = h.Why
		}
		fmt.Fprintf(b, "- %s %s: %s\n", signOf(h.Verdict.Label), inline(h.Of), inline(said))
	}
	b.WriteString("\n")
	for _, c := range v.Categories {
		var rows [][]string
		for _, m := range c.Metrics {
			row := []string{"`" + m.Key + "`", m.Unit}
			if m.Summary.Status == behaviour.NoData {
				row = append(row, "no data: "+m.Summary.Reason, "", "", "", "")
			} else {
				for _, p := range []int{0, 2, 3, 4, 5} { // min, p50, p95, p99, max
					row = append(row, m.Parts[p].Value)
				}
			}
			rows = append(rows, row)
		}
		section(b, humane(c.Name), []string{"metric", "unit", "min", "p50", "p95", "p99", "max"}, rows)
	}
}

func scopeText(m behaviour.Metadata) string {
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

func signOf(state string) string {
	b := badgeOf(state)
	return strings.TrimSpace(b["Sign"] + " " + b["Text"])
}

func section(b *bytes.Buffer, title string, head []string, rows [][]string) {
	if len(rows) > 0 {
		fmt.Fprintf(b, "### %s\n\n", title)
		table(b, head, rows)
	}
}

func folded(b *bytes.Buffer, title string, head []string, rows [][]string) {
	if len(rows) > 0 {
		fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", title)
		table(b, head, rows)
		b.WriteString("</details>\n\n")
	}
}

func table(b *bytes.Buffer, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = inline(c)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\n")
}

var marks = strings.NewReplacer("\n", " ", "\r", " ", "|", `\|`, "<", "&lt;", ">", "&gt;")

// inline keeps a text within its line and cell, and HTML out of it.
func inline(s string) string { return marks.Replace(s) }
