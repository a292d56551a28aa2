package pages

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// pageSize is the number of profiles on a page of the table.
const pageSize = 25

// profileList is the table of profiles.
type profileList struct {
	Filter   listFilter
	Filtered bool
	Columns  []profileview.MetricColumn
	Rows     []listRow
	Next     string // address of the next page
	First    string // address of the first page, on other pages
	Clusters []string
	Page     string // summary for screen readers
}

// listRow is a profile of the table.
type listRow struct {
	behaviour.Metadata
	Span   string
	Length string
	Sparks []sparkCell
}

// sparkCell is the sparkline of a metric and its median, or the reason for its absence.
type sparkCell struct {
	SVG    template.HTML
	Median string
	Reason string
}

// listFilter holds the filters as the user wrote them.
type listFilter struct {
	Cluster, Namespace, TaskQueue, Label, From, To string
	Baseline                                       bool
}

func (p *Pages) showProfiles(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	a := listFilter{
		Cluster: q.Get("cluster"), Namespace: q.Get("namespace"), TaskQueue: q.Get("task_queue"), Label: q.Get("label"),
		From: q.Get("from"), To: q.Get("to"), Baseline: q.Get("baseline") != "",
	}
	f, err := a.storeFilter()
	if err != nil {
		return err
	}
	found, err := p.config.Store.List(r.Context(), f, pageSize, q.Get("cursor"))
	if err != nil {
		return err
	}
	known, err := p.listClusterNames(r.Context())
	if err != nil {
		return err
	}
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return err
	}
	l := profileList{Filter: a, Filtered: a != listFilter{}, Columns: profileview.KeyMetrics(ref.Metrics), Clusters: known,
		Rows: make([]listRow, len(found.Profiles))}
	read, within := errgroup.WithContext(r.Context())
	read.SetLimit(4)
	for i, m := range found.Profiles {
		l.Rows[i] = listRow{
			Metadata: m,
			Span:     frame.FormatWindow(m.WindowStart, m.WindowEnd),
			Length:   frame.FormatDuration(m.WindowEnd.Sub(m.WindowStart)),
		}
		read.Go(func() error {
			l.Rows[i].Sparks = p.readSparks(within, m, l.Columns)
			return nil
		})
	}
	if err := read.Wait(); err != nil {
		return err
	}
	if q.Get("cursor") != "" {
		l.First = a.pageAddress("")
	}
	if found.Next != "" {
		l.Next = a.pageAddress(found.Next)
	}
	l.Page = words.Count(len(l.Rows), "profile")
	p.frame.Render(w, r, http.StatusOK, "profiles", frame.View{Title: "Profiles", Section: "profiles", Body: l})
	return nil
}

// storeFilter parses the filters; empty fields match all.
func (a listFilter) storeFilter() (store.Filter, error) {
	optional := func(v string) *string {
		if v = strings.TrimSpace(v); v == "" {
			return nil
		}
		return &v
	}
	f := store.Filter{Cluster: optional(a.Cluster), Namespace: optional(a.Namespace), TaskQueue: optional(a.TaskQueue),
		Label: optional(a.Label)}
	if a.Baseline {
		f.Baseline = &a.Baseline
	}
	for _, t := range []struct {
		name, text string
		into       *time.Time
	}{{"from", a.From, &f.From}, {"to", a.To, &f.To}} {
		if t.text == "" {
			continue
		}
		at, err := parseTime(t.text)
		if err != nil {
			return f, problem.NewInvalid(t.name+": "+t.text+" is not a valid time", "use a time such as 2026-03-01 09:00, in UTC")
		}
		*t.into = at
	}
	return f, nil
}

// pageAddress returns the address of the table with these filters.
func (a listFilter) pageAddress(cursor string) string {
	q := url.Values{}
	for _, f := range []struct{ name, value string }{
		{"cluster", a.Cluster}, {"namespace", a.Namespace}, {"task_queue", a.TaskQueue}, {"label", a.Label}, {"from", a.From}, {"to", a.To},
		{"cursor", cursor},
	} {
		if f.value != "" {
			q.Set(f.name, f.value)
		}
	}
	if a.Baseline {
		q.Set("baseline", "1")
	}
	return api.UIPath + "profiles?" + q.Encode()
}

// listClusterNames returns the clusters that have profiles or are configured.
func (p *Pages) listClusterNames(ctx context.Context) ([]string, error) {
	known, err := p.config.Store.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	names := p.config.Recorder.Clusters()
	for _, c := range known {
		names = append(names, c.ID)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// sparkCacheSize is the number of profiles in the cache of sparklines.
const sparkCacheSize = 1000

// readSparks returns the sparklines of a profile, which never change. An unreadable profile shows its error in its row, so
// the others still appear.
func (p *Pages) readSparks(ctx context.Context, m behaviour.Metadata, columns []profileview.MetricColumn) []sparkCell {
	all, err := p.sparks.GetOrLoad(m.ID, func() ([]sparkCell, error) {
		profile, err := p.config.Store.Get(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		return drawSparks(profile, columns), nil
	})
	if err != nil {
		all = make([]sparkCell, len(columns))
		for i := range all {
			all[i].Reason = frame.ProblemOf(err).Detail
		}
	}
	return all
}

func drawSparks(profile *behaviour.Profile, columns []profileview.MetricColumn) []sparkCell {
	all := make([]sparkCell, len(columns))
	for i, c := range columns {
		category, name, _ := strings.Cut(c.Key, ".")
		summary, ok := profile.Telemetry[category][name]
		switch {
		case !ok:
			all[i].Reason = "not in this profile"
		case summary.Status == behaviour.NoData:
			all[i].Reason = summary.Reason
		default:
			points := thinPoints(plot.RelativePoints(summary.Series, profile.WindowStart.Unix()))
			seconds := int64(profile.WindowEnd.Sub(profile.WindowStart) / time.Second)
			all[i] = sparkCell{plot.DrawSparkline(points, seconds), plot.FormatNumber(summary.P50, summary.Unit), ""}
		}
	}
	return all
}

// sparkPoints is how many points 100 pixels can show.
const sparkPoints = 60

func thinPoints(points []behaviour.Point) []behaviour.Point {
	every := (len(points) + sparkPoints - 1) / sparkPoints
	if every <= 1 {
		return points
	}
	var kept []behaviour.Point
	for some := range slices.Chunk(points, every) {
		mean := 0.0
		for _, p := range some {
			mean += p.Value / float64(len(some))
		}
		kept = append(kept, behaviour.Point{Time: some[len(some)/2].Time, Value: mean})
	}
	return kept
}
