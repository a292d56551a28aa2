package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// onHistory is how many assessments a cluster's page looks back on.
const onHistory = 48

// A history is what was found of a cluster and namespace, window by window.
type history struct {
	Rows   []standing // the newest first
	Counts []count
	Course template.HTML
	Text   string // the same in words
	From   string
	To     string
	Drift  []drifting
	// the pages after and before this one
	Older, Newest string
}

// A standing is one assessment.
type standing struct {
	assess.Detailed
	Span string
	// Against the baseline that it was compared with; "" without
	Compare string
}

// A drifting metric has left the baseline in one of the windows.
type drifting struct {
	Metric  string
	Windows int // in which it had
	Of      int // in which it was compared
	Course  template.HTML
	Text    string
	Last    standing
}

// history reads a page of the assessments of a cluster and namespace.
func (p *Pages) history(ctx context.Context, cluster, namespace, cursor string) (*history, error) {
	page, err := p.config.Store.Assessments(ctx, store.AssessmentFilter{Cluster: &cluster, Namespace: &namespace}, onHistory, cursor)
	if err != nil {
		return nil, err
	}
	h := &history{Rows: make([]standing, len(page.Assessments))}
	read, within := errgroup.WithContext(ctx)
	read.SetLimit(4)
	for i, a := range page.Assessments {
		read.Go(func() error {
			_, details, err := p.config.Store.Assessment(within, a.ID)
			if err != nil {
				return err
			}
			h.Rows[i] = standing{Detailed: assess.Detailed{Assessment: a}, Span: span(a.WindowStart, a.WindowEnd)}
			if a.BaselineID != "" {
				h.Rows[i].Compare = "/ui/compare?" + url.Values{"a": {a.BaselineID}, "b": {a.ProfileID}}.Encode()
			}
			return fault(json.Unmarshal(details, &h.Rows[i].Details))
		})
	}
	if err := read.Wait(); err != nil {
		return nil, err
	}
	address := func(cursor string) string {
		q := url.Values{"cluster": {cluster}, "namespace": {namespace}}
		if cursor != "" {
			q.Set("assessments", cursor)
		}
		return "/ui/clusters?" + q.Encode() + "#health"
	}
	if page.Next != "" {
		h.Older = address(page.Next)
	}
	if cursor != "" {
		h.Newest = address("")
	}
	if len(h.Rows) > 0 {
		h.course()
		h.drift()
	}
	return h, nil
}

// profiles are those that assessments have made.
func (h *history) profiles() map[string]bool {
	all := map[string]bool{}
	for _, r := range h.Rows {
		all[r.ProfileID] = true
	}
	return all
}

// gravity orders healths, and is how high each stands.
var gravity = []string{verdicts.Unknown, verdicts.Healthy, verdicts.Degraded, verdicts.Critical}

func (h *history) course() {
	counted := map[string]int{}
	var cells []cell
	for _, r := range slices.Backward(h.Rows) {
		counted[r.Health]++
		cells = append(cells, cell{r.WindowStart, r.WindowEnd, badgeOf(r.Health)["Class"], float64(slices.Index(gravity, r.Health)) / 3})
	}
	var said []string
	for _, state := range slices.Backward(gravity) {
		if n := counted[state]; n > 0 {
			h.Counts = append(h.Counts, count{state, n})
			said = append(said, fmt.Sprintf("%d %s", n, state))
		}
	}
	first, last := h.Rows[len(h.Rows)-1], h.Rows[0]
	h.From, h.To = first.WindowStart.UTC().Format("2006-01-02 15:04"), last.WindowEnd.UTC().Format("2006-01-02 15:04")
	h.Course = strip(cells, healthStrip)
	h.Text = fmt.Sprintf("Health in %s, %s to %s: %s; the latest is %s.", plural(len(h.Rows), "window"), h.From, h.To, strings.Join(said, ", "), last.Health)
}

// drift gathers the metrics that have drifted, the most often first.
func (h *history) drift() {
	of := map[string]*drifting{}
	cells := map[string][]cell{}
	for _, r := range slices.Backward(h.Rows) {
		for _, m := range r.Metrics {
			d := of[m.Metric]
			if d == nil {
				d = &drifting{Metric: m.Metric}
				of[m.Metric] = d
			}
			one := cell{Start: r.WindowStart, End: r.WindowEnd}
			switch m.Status {
			case assess.Drifted:
				d.Of++
				d.Windows++
				d.Last = r
				one.Class, one.Height = "bad", 1
			case assess.Steady:
				d.Of++
				one.Class, one.Height = "good", 1./3
			}
			cells[m.Metric] = append(cells[m.Metric], one)
		}
	}
	for name, d := range of {
		if d.Windows == 0 {
			continue
		}
		d.Course = strip(cells[name], driftStrip)
		d.Text = fmt.Sprintf("%s drifted in %d of %s", name, d.Windows, plural(d.Of, "window"))
		h.Drift = append(h.Drift, *d)
	}
	slices.SortFunc(h.Drift, func(a, b drifting) int {
		return cmp.Or(cmp.Compare(b.Windows, a.Windows), cmp.Compare(a.Metric, b.Metric))
	})
}

// Heights of strips, in pixels.
const (
	healthStrip = 44
	driftStrip  = 16
)

// A cell of a strip is a window: what is higher is graver, so that nothing is
// told by colour alone. One without a class is not known.
type cell struct {
	Start, End time.Time
	Class      string
	Height     float64 // of the strip
}

// strip draws cells over their time. Windows that overlap each take the time since
// the one before; where there is none, nothing is drawn.
func strip(cells []cell, height int) template.HTML {
	first, last := cells[0].Start, cells[len(cells)-1].End
	// a window that overlaps the next shows what is new in it
	if len(cells) > 1 {
		if own := cells[1].End.Sub(cells[0].End); own < cells[0].End.Sub(first) {
			first = cells[0].End.Add(-own)
		}
	}
	all := last.Sub(first).Seconds()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="strip" width="100%%" height="%d" aria-hidden="true" focusable="false">`, height)
	at := first
	for _, c := range cells {
		start := c.Start
		if start.Before(at) {
			start = at
		}
		x, width := 100*start.Sub(first).Seconds()/all, 100*c.End.Sub(start).Seconds()/all
		high := max(c.Height*float64(height), 3)
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f%%" y="%.1f" width="%.2f%%" height="%.1f"/>`, cmp.Or(c.Class, "none"), x, float64(height)-high, max(width*0.94, 0.3), high)
		at = c.End
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}
