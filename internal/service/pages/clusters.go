package pages

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
)

// clusterProfiles is the number of profiles on a cluster's page.
const clusterProfiles = 24

// clusterView is the clusters page with one cluster and namespace.
type clusterView struct {
	Scopes    []scopeLink
	Cluster   string
	Namespace string // "" means the whole cluster
	Chosen    bool
	Baseline  *behaviour.Metadata
	Since     time.Time
	History   *assessmentHistory
	Head      *clusterVerdict
	Now       *assessmentRow // newest assessment that knows, or the newest, on the first page
	Latest    *profileRow    // newest compared profile, if no newer assessment exists
	Rows      []profileRow   // profiles without an assessment, newest first
	Courses   []metricTrend
	More      string
}

// clusterVerdict is the newest verdict on a cluster that knows something.
type clusterVerdict struct {
	Health, Span string
	// Newer is the window of a newer assessment whose health is unknown, or ""
	Newer string
	end   time.Time
}

// chooseHead chooses the newest known health of assessments and compared profiles, and the section that shows it. Without
// a known one it is the newest.
func (v *clusterView) chooseHead() {
	newest := func(rows []assessmentRow, isKnown bool) *assessmentRow {
		at := slices.IndexFunc(rows, func(r assessmentRow) bool { return !isKnown || r.Health != verdicts.Unknown })
		if at < 0 {
			return nil
		}
		return &rows[at]
	}
	v.Now = newest(v.History.Rows, true)
	if v.Now == nil {
		v.Now = newest(v.History.Rows, false)
	}
	if v.Now != nil {
		v.Head = &clusterVerdict{Health: v.Now.Health, Span: v.Now.Span, end: v.Now.WindowEnd}
	}
	for i, r := range v.Rows {
		if r.Health == nil {
			continue
		}
		isBetter := v.Head == nil || v.Head.Health == verdicts.Unknown
		if isBetter || r.Health.Health != verdicts.Unknown && r.WindowEnd.After(v.Head.end) {
			v.Head = &clusterVerdict{Health: r.Health.Health, Span: r.Span, end: r.WindowEnd}
			v.Latest = &v.Rows[i]
		}
		break // the newest compared one
	}
	if v.Head == nil || v.Head.Health == verdicts.Unknown {
		return
	}
	if r := newest(v.History.Rows, false); r != nil && r.Health == verdicts.Unknown && r.WindowEnd.After(v.Head.end) {
		v.Head.Newer = r.Span
	}
}

// scopeLink is a cluster and namespace that has profiles.
type scopeLink struct {
	Cluster, Namespace, Address string
	Chosen, HasBaseline         bool
}

// profileRow is a profile with its health against the baseline.
type profileRow struct {
	behaviour.Metadata
	Span   string
	Health *verdicts.Health // nil without a baseline, and for the baseline itself
}

// metricTrend is a key metric over several profiles: the median of each.
type metricTrend struct {
	Name, Unit, Text, Now, From, To string
	SVG                             template.HTML
}

func (p *Pages) showClusters(w http.ResponseWriter, r *http.Request) error {
	v := clusterView{Cluster: r.URL.Query().Get("cluster"), Namespace: r.URL.Query().Get("namespace")}
	recent, err := p.config.Store.List(r.Context(), store.Filter{}, store.MaxLimit, "")
	if err != nil {
		return err
	}
	baselines, err := p.config.Store.Clusters(r.Context())
	if err != nil {
		return err
	}
	v.Scopes = listScopes(recent.Profiles, baselines)
	if v.Cluster == "" && len(v.Scopes) > 0 {
		v.Cluster, v.Namespace = v.Scopes[0].Cluster, v.Scopes[0].Namespace
	}
	for i, s := range v.Scopes {
		v.Scopes[i].Chosen = s.Cluster == v.Cluster && s.Namespace == v.Namespace
	}
	title := "Clusters"
	if v.Cluster != "" {
		if err := p.fillTrend(r.Context(), &v, r.URL.Query().Get("assessments")); err != nil {
			return err
		}
		v.Chosen, title = true, v.Cluster
	}
	p.frame.Render(w, r, http.StatusOK, "clusters", frame.View{Title: title, Section: "clusters", Body: v})
	return nil
}

// listScopes returns the clusters and namespaces of profiles and baselines.
func listScopes(profiles []behaviour.Metadata, clusters []store.Cluster) []scopeLink {
	var all []scopeLink
	add := func(cluster, namespace string, baseline bool) {
		i := slices.IndexFunc(all, func(s scopeLink) bool { return s.Cluster == cluster && s.Namespace == namespace })
		if i < 0 {
			q := url.Values{"cluster": {cluster}, "namespace": {namespace}}
			all = append(all, scopeLink{Cluster: cluster, Namespace: namespace, Address: api.UIPath + "clusters?" + q.Encode()})
			i = len(all) - 1
		}
		all[i].HasBaseline = all[i].HasBaseline || baseline
	}
	for _, c := range clusters {
		for _, b := range c.Baselines {
			add(c.ID, b.Namespace, true)
		}
	}
	for _, m := range profiles {
		add(m.ClusterID, m.Namespace, false)
	}
	slices.SortFunc(all, func(a, b scopeLink) int {
		if c := strings.Compare(a.Cluster, b.Cluster); c != 0 {
			return c
		}
		return strings.Compare(a.Namespace, b.Namespace)
	})
	return all
}

// fillTrend adds the assessments of a cluster and namespace, and compares profiles without
// an assessment with the baseline.
func (p *Pages) fillTrend(ctx context.Context, v *clusterView, cursor string) (err error) {
	if v.History, err = p.readHistory(ctx, v.Cluster, v.Namespace, cursor); err != nil {
		return err
	}
	done := v.History.profileIDs()
	found, err := p.config.Store.List(ctx, store.Filter{Cluster: &v.Cluster, Namespace: &v.Namespace}, clusterProfiles, "")
	if err != nil {
		return err
	}
	if found.Next != "" {
		v.More = listFilter{Cluster: v.Cluster, Namespace: v.Namespace}.pageAddress(found.Next)
	}
	set, err := p.config.Store.Baseline(ctx, v.Cluster, v.Namespace)
	if err != nil {
		return err
	}
	var baseline *behaviour.Profile
	var earlier []behaviour.Profile
	if set != nil {
		if baseline, err = p.config.Store.Get(ctx, set.ProfileID); err != nil {
			return err
		}
		newest := baseline.Metadata
		if len(found.Profiles) > 0 {
			newest = found.Profiles[0]
		}
		if earlier, err = p.config.Store.Before(ctx, baseline.Metadata, behaviour.EarlierWindows, newest.WindowStart); err != nil {
			return err
		}
		v.Baseline, v.Since = &baseline.Metadata, set.SetAt
	}
	var profiles []*behaviour.Profile
	for _, m := range found.Profiles {
		profile, err := p.config.Store.Get(ctx, m.ID)
		if err != nil {
			return err
		}
		profiles = append(profiles, profile)
		if done[m.ID] {
			continue
		}
		row := profileRow{Metadata: m, Span: frame.FormatWindow(m.WindowStart, m.WindowEnd)}
		if baseline != nil && m.ID != baseline.ID {
			if row.Health, err = p.readHealth(ctx, baseline, profile, earlier); err != nil {
				return err
			}
		}
		v.Rows = append(v.Rows, row)
	}
	if cursor == "" {
		v.chooseHead()
	}
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return err
	}
	v.Courses = drawTrends(profileview.KeyMetrics(ref.Metrics), profiles, baseline)
	return nil
}

// drawTrends draws the medians of key metrics, one point per profile, with the baseline's.
func drawTrends(columns []profileview.MetricColumn, profiles []*behaviour.Profile, baseline *behaviour.Profile) []metricTrend {
	if len(profiles) < 2 {
		return nil
	}
	first, last := profiles[len(profiles)-1].WindowStart, profiles[0].WindowStart
	var all []metricTrend
	for _, c := range columns {
		category, name, _ := strings.Cut(c.Key, ".")
		var points []behaviour.Point
		for _, p := range slices.Backward(profiles) {
			if m := p.Telemetry[category][name].P50; m != nil {
				points = append(points, behaviour.Point{Time: int64(p.WindowStart.Sub(first) / time.Second), Value: *m})
			}
		}
		if len(points) < 2 {
			continue
		}
		f := plot.Frame{Unit: c.Unit, Seconds: int64(last.Sub(first) / time.Second), Sparse: true}
		text := c.Name + ", median of each profile"
		if baseline != nil {
			if m := baseline.Telemetry[category][name].P50; m != nil {
				f.Bounds = []float64{*m}
				text += "; dashed, the baseline's " + plot.FormatNumber(m, c.Unit)
			}
		}
		all = append(all, metricTrend{
			c.Name,
			c.Unit,
			text,
			plot.FormatNumber(&points[len(points)-1].Value, c.Unit),
			first.UTC().
				Format("2006-01-02 15:04"),
			last.UTC().Format("2006-01-02 15:04"),
			f.Draw(plot.Line{Class: "a", Points: points}).SVG,
		})
	}
	return all
}

// healthCacheSize is the number of pairs of profiles in the cache of healths.
const healthCacheSize = 2000

// readHealth returns the health of a profile against a baseline. Neither ever changes.
func (p *Pages) readHealth(
	ctx context.Context,
	baseline, profile *behaviour.Profile,
	earlier []behaviour.Profile,
) (*verdicts.Health, error) {
	return p.healths.GetOrLoad([2]string{baseline.ID, profile.ID}, func() (*verdicts.Health, error) {
		_, health, err := profileview.CompareDrift(ctx, p.engines, baseline, profile, earlier)
		return health, err
	})
}
