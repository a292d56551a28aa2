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

	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// historySize is the number of assessments on a cluster's page.
const historySize = 48

// assessmentHistory lists the assessments of a cluster and namespace.
type assessmentHistory struct {
	Rows   []assessmentRow // newest first
	Counts []frame.StateCount
	Course template.HTML
	Text   string // description of Course
	From   string
	To     string
	Drift  []driftedMetric
	// the same for the page
	RowList   profileview.FoldedList[assessmentRow]
	DriftList profileview.FoldedList[driftedMetric]
	// addresses of the next older page and of the newest
	Older, Newest string
}

// assessmentRow is one assessment.
type assessmentRow struct {
	assess.DetailedAssessment
	Span string
	// Compare is the address of the comparison with the baseline; "" without one
	Compare string
}

// driftedMetric is a metric that left the baseline in at least one window.
type driftedMetric struct {
	Metric   string
	Windows  int // with drift
	Compared int
	Course   template.HTML
	Text     string
	Last     assessmentRow
}

// readHistory reads a page of the assessments of a cluster and namespace.
func (p *Pages) readHistory(ctx context.Context, cluster, namespace, cursor string) (*assessmentHistory, error) {
	page, err := p.config.Store.Assessments(ctx, store.AssessmentFilter{Cluster: &cluster, Namespace: &namespace}, historySize, cursor)
	if err != nil {
		return nil, err
	}
	h := &assessmentHistory{Rows: make([]assessmentRow, len(page.Assessments))}
	read, within := errgroup.WithContext(ctx)
	read.SetLimit(4)
	for i, a := range page.Assessments {
		read.Go(func() error {
			_, details, err := p.config.Store.Assessment(within, a.ID)
			if err != nil {
				return err
			}
			h.Rows[i] = assessmentRow{
				DetailedAssessment: assess.DetailedAssessment{Assessment: a},
				Span:               frame.FormatWindow(a.WindowStart, a.WindowEnd),
			}
			if a.BaselineID != "" {
				h.Rows[i].Compare = api.UIPath + "compare?" + url.Values{"a": {a.BaselineID}, "b": {a.ProfileID}}.Encode()
			}
			return frame.WrapFault(json.Unmarshal(details, &h.Rows[i].Details))
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
		return api.UIPath + "clusters?" + q.Encode() + "#health"
	}
	if page.Next != "" {
		h.Older = address(page.Next)
	}
	if cursor != "" {
		h.Newest = address("")
	}
	if len(h.Rows) > 0 {
		h.drawHealth()
		h.collectDrift()
	}
	h.RowList, h.DriftList = profileview.FoldList(h.Rows, profileview.MaxRows), profileview.FoldList(h.Drift, profileview.MaxRows)
	return h, nil
}

// profileIDs returns the profiles of the assessments.
func (h *assessmentHistory) profileIDs() map[string]bool {
	all := map[string]bool{}
	for _, r := range h.Rows {
		all[r.ProfileID] = true
	}
	return all
}

// healthOrder lists the healths from least to most severe, which is also the height of
// their bars.
var healthOrder = []string{verdicts.Unknown, verdicts.Healthy, verdicts.Degraded, verdicts.Critical}

func (h *assessmentHistory) drawHealth() {
	counted := map[string]int{}
	var cells []plot.Cell
	for _, r := range slices.Backward(h.Rows) {
		counted[r.Health]++
		cells = append(cells, plot.Cell{
			Start: r.WindowStart, End: r.WindowEnd, Class: frame.NewBadge(r.Health).Class,
			Height: float64(slices.Index(healthOrder, r.Health)) / 3,
		})
	}
	var parts []string
	for _, state := range slices.Backward(healthOrder) {
		if n := counted[state]; n > 0 {
			h.Counts = append(h.Counts, frame.StateCount{State: state, N: n})
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	first, last := h.Rows[len(h.Rows)-1], h.Rows[0]
	h.From, h.To = first.WindowStart.UTC().Format("2006-01-02 15:04"), last.WindowEnd.UTC().Format("2006-01-02 15:04")
	h.Course = plot.DrawStrip(cells, healthStrip)
	h.Text = fmt.Sprintf("Health in %s from %s to %s: %s; latest: %s.", words.Count(len(h.Rows), "window"), h.From, h.To,
		strings.Join(parts, ", "), last.Health)
}

// collectDrift collects the metrics that drifted, most frequent first.
func (h *assessmentHistory) collectDrift() {
	byMetric := map[string]*driftedMetric{}
	cells := map[string][]plot.Cell{}
	for _, r := range slices.Backward(h.Rows) {
		for _, m := range r.Metrics {
			d := byMetric[m.Metric]
			if d == nil {
				d = &driftedMetric{Metric: m.Metric}
				byMetric[m.Metric] = d
			}
			one := plot.Cell{Start: r.WindowStart, End: r.WindowEnd}
			switch m.Status {
			case assess.Drifted:
				d.Compared++
				d.Windows++
				d.Last = r
				one.Class, one.Height = "bad", 1
			case assess.Steady:
				d.Compared++
				one.Class, one.Height = "good", 1./3
			}
			cells[m.Metric] = append(cells[m.Metric], one)
		}
	}
	for name, d := range byMetric {
		if d.Windows == 0 {
			continue
		}
		d.Course = plot.DrawStrip(cells[name], driftStrip)
		d.Text = fmt.Sprintf("%s drifted in %d of %s", name, d.Windows, words.Count(d.Compared, "window"))
		h.Drift = append(h.Drift, *d)
	}
	slices.SortFunc(h.Drift, func(a, b driftedMetric) int {
		return cmp.Or(cmp.Compare(b.Windows, a.Windows), cmp.Compare(a.Metric, b.Metric))
	})
}

// Heights of strips in pixels.
const (
	healthStrip = 30 // of one lane
	driftStrip  = 9
)
