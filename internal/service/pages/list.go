package pages

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// onPage is how many profiles a page of the table has.
const onPage = 25

// A listing is the table of profiles.
type listing struct {
	Filter   asked
	Filtered bool
	Columns  []column
	Rows     []row
	Next     string // address of the page after this one
	First    string // and of the first, unless this is it
	Clusters []string
	Page     string // what is listed, for who hears it
}

// A column shows one key metric of each profile.
type column struct{ Key, Name, Unit string }

// A row is a profile of the table.
type row struct {
	behaviour.Metadata
	Span   string
	Length string
	Sparks []spark
}

// A spark is the line of a metric and its median, or why there is none.
type spark struct {
	SVG    template.HTML
	Median string
	Reason string
}

// asked are the filters as they were written.
type asked struct {
	Cluster, Namespace, TaskQueue, Label, From, To string
	Baseline                                       bool
}

func (p *Pages) profiles(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	a := asked{
		Cluster: q.Get("cluster"), Namespace: q.Get("namespace"), TaskQueue: q.Get("task_queue"), Label: q.Get("label"),
		From: q.Get("from"), To: q.Get("to"), Baseline: q.Get("baseline") != "",
	}
	f, err := a.filter()
	if err != nil {
		return err
	}
	found, err := p.config.Store.List(r.Context(), f, onPage, q.Get("cursor"))
	if err != nil {
		return err
	}
	known, err := p.clusterNames(r.Context())
	if err != nil {
		return err
	}
	ref, err := p.workshop.refer()
	if err != nil {
		return err
	}
	l := listing{Filter: a, Filtered: a != asked{}, Columns: keyMetrics(ref.Metrics), Clusters: known, Rows: make([]row, len(found.Profiles))}
	read, within := errgroup.WithContext(r.Context())
	read.SetLimit(4)
	for i, m := range found.Profiles {
		l.Rows[i] = row{Metadata: m, Span: span(m.WindowStart, m.WindowEnd), Length: length(m.WindowEnd.Sub(m.WindowStart))}
		read.Go(func() error {
			l.Rows[i].Sparks = p.sparks.of(within, p.config.Store, m, l.Columns)
			return nil
		})
	}
	if err := read.Wait(); err != nil {
		return err
	}
	if q.Get("cursor") != "" {
		l.First = a.address("")
	}
	if found.Next != "" {
		l.Next = a.address(found.Next)
	}
	l.Page = plural(len(l.Rows), "profile")
	p.render(w, r, http.StatusOK, "profiles", view{Title: "Profiles", Section: "profiles", Body: l})
	return nil
}

// filter reads what was asked for; an empty field asks for nothing.
func (a asked) filter() (store.Filter, error) {
	given := func(v string) *string {
		if v = strings.TrimSpace(v); v == "" {
			return nil
		}
		return &v
	}
	f := store.Filter{Cluster: given(a.Cluster), Namespace: given(a.Namespace), TaskQueue: given(a.TaskQueue), Label: given(a.Label)}
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
		at, err := readTime(t.text)
		if err != nil {
			return f, api.Invalid(t.name+" is "+t.text+", which is no time", "write it as 2026-03-01T09:00:00Z")
		}
		*t.into = at
	}
	return f, nil
}

// address is the table's, with these filters.
func (a asked) address(cursor string) string {
	q := url.Values{}
	for _, f := range []struct{ name, value string }{
		{"cluster", a.Cluster}, {"namespace", a.Namespace}, {"task_queue", a.TaskQueue}, {"label", a.Label}, {"from", a.From}, {"to", a.To}, {"cursor", cursor},
	} {
		if f.value != "" {
			q.Set(f.name, f.value)
		}
	}
	if a.Baseline {
		q.Set("baseline", "1")
	}
	return "/ui/profiles?" + q.Encode()
}

// clusterNames are those that profiles are of or can be made of.
func (p *Pages) clusterNames(ctx context.Context) ([]string, error) {
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

// keyMetrics are the first critical metric of each category, in the order of the
// categories on a profile's page.
func keyMetrics(catalogue []compile.Metric) []column {
	var found []column
	seen := map[string]bool{}
	for _, rank := range []int{0, 1} {
		for _, m := range catalogue {
			category, name, _ := strings.Cut(m.Name, ".")
			if m.Critical && !seen[category] && notLoad(category, catalogue) == rank {
				seen[category] = true
				found = append(found, column{m.Name, humane(name), m.Unit})
			}
		}
	}
	return found
}

// sparks keeps what the table shows of profiles, which never change.
type sparks struct {
	mu   sync.Mutex
	kept map[string][]spark
	old  []string
}

// keptSparks is of how many profiles.
const keptSparks = 1000

func newSparks() *sparks { return &sparks{kept: map[string][]spark{}} }

// of gives the sparks of a profile. One that cannot be read is told in its row:
// the others are shown all the same.
func (s *sparks) of(ctx context.Context, from Store, m behaviour.Metadata, columns []column) []spark {
	s.mu.Lock()
	found, ok := s.kept[m.ID]
	s.mu.Unlock()
	if ok {
		return found
	}
	all := make([]spark, len(columns))
	profile, err := from.Get(ctx, m.ID)
	if err != nil {
		for i := range all {
			all[i].Reason = problemOf(err).Detail
		}
		return all
	}
	for i, c := range columns {
		category, name, _ := strings.Cut(c.Key, ".")
		summary, ok := profile.Telemetry[category][name]
		switch {
		case !ok:
			all[i].Reason = "the profile does not have this metric"
		case summary.Status == behaviour.NoData:
			all[i].Reason = summary.Reason
		default:
			all[i] = spark{sparkline(thinned(relative(summary.Series, m.WindowStart.Unix())), int64(m.WindowEnd.Sub(m.WindowStart)/time.Second)), number(summary.P50, summary.Unit), ""}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kept[m.ID]; !ok {
		s.kept[m.ID] = all
		s.old = append(s.old, m.ID)
		if len(s.old) > keptSparks {
			delete(s.kept, s.old[0])
			s.old = s.old[1:]
		}
	}
	return all
}

// sparkPoints are as many as a hundred pixels show.
const sparkPoints = 60

func thinned(points []behaviour.Point) []behaviour.Point {
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
