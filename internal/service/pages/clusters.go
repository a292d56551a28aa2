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

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// onCluster is how many profiles a cluster's page looks back on.
const onCluster = 24

// A clusterView is the clusters page, and one cluster and namespace of it.
type clusterView struct {
	Scopes   []scopeOf
	Cluster  string
	Of       string // the namespace; "" is the whole cluster
	Chosen   bool
	Baseline *behaviour.Metadata
	Since    time.Time
	History  *history
	Now      *standing  // the newest assessment, where the page has it
	Latest   *assessed  // the newest profile, where there is no assessment
	Rows     []assessed // that no assessment has made, the newest first
	Courses  []course
	More     string
}

// A scopeOf is a cluster and namespace that has profiles.
type scopeOf struct {
	Cluster, Namespace, Address string
	Chosen, HasBaseline         bool
}

// An assessed profile is one with its health against the baseline.
type assessed struct {
	behaviour.Metadata
	Span   string
	Health *verdicts.Health // nil without a baseline, and of the baseline itself
}

// A course is a key metric over the profiles: the median of each.
type course struct {
	Name, Unit, Text, Now, From, To string
	SVG                             template.HTML
}

func (p *Pages) clusters(w http.ResponseWriter, r *http.Request) error {
	v := clusterView{Cluster: r.URL.Query().Get("cluster"), Of: r.URL.Query().Get("namespace")}
	recent, err := p.config.Store.List(r.Context(), store.Filter{}, store.MaxLimit, "")
	if err != nil {
		return err
	}
	baselines, err := p.config.Store.Clusters(r.Context())
	if err != nil {
		return err
	}
	v.Scopes = scopesOf(recent.Profiles, baselines)
	if v.Cluster == "" && len(v.Scopes) > 0 {
		v.Cluster, v.Of = v.Scopes[0].Cluster, v.Scopes[0].Namespace
	}
	for i, s := range v.Scopes {
		v.Scopes[i].Chosen = s.Cluster == v.Cluster && s.Namespace == v.Of
	}
	title := "Clusters"
	if v.Cluster != "" {
		if err := p.overTime(r.Context(), &v, r.URL.Query().Get("assessments")); err != nil {
			return err
		}
		v.Chosen, title = true, v.Cluster
	}
	p.render(w, r, http.StatusOK, "clusters", view{Title: title, Section: "clusters", Body: v})
	return nil
}

// scopesOf are the clusters and namespaces of profiles and baselines.
func scopesOf(profiles []behaviour.Metadata, clusters []store.Cluster) []scopeOf {
	var all []scopeOf
	add := func(cluster, namespace string, baseline bool) {
		i := slices.IndexFunc(all, func(s scopeOf) bool { return s.Cluster == cluster && s.Namespace == namespace })
		if i < 0 {
			q := url.Values{"cluster": {cluster}, "namespace": {namespace}}
			all = append(all, scopeOf{Cluster: cluster, Namespace: namespace, Address: "/ui/clusters?" + q.Encode()})
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
	slices.SortFunc(all, func(a, b scopeOf) int {
		if c := strings.Compare(a.Cluster, b.Cluster); c != 0 {
			return c
		}
		return strings.Compare(a.Namespace, b.Namespace)
	})
	return all
}

// overTime gathers what was found of a cluster and namespace, and holds the profiles
// that nobody has assessed against its baseline.
func (p *Pages) overTime(ctx context.Context, v *clusterView, cursor string) (err error) {
	if v.History, err = p.history(ctx, v.Cluster, v.Of, cursor); err != nil {
		return err
	}
	if cursor == "" && len(v.History.Rows) > 0 {
		v.Now = &v.History.Rows[0]
	}
	done := v.History.profiles()
	found, err := p.config.Store.List(ctx, store.Filter{Cluster: &v.Cluster, Namespace: &v.Of}, onCluster, "")
	if err != nil {
		return err
	}
	if found.Next != "" {
		v.More = asked{Cluster: v.Cluster, Namespace: v.Of}.address(found.Next)
	}
	set, err := p.config.Store.Baseline(ctx, v.Cluster, v.Of)
	if err != nil {
		return err
	}
	var baseline *behaviour.Profile
	var earlier []behaviour.Profile
	if set != nil {
		if baseline, err = p.config.Store.Get(ctx, set.ProfileID); err != nil {
			return err
		}
		if earlier, err = p.config.Store.Before(ctx, baseline.Metadata, assess.Earlier); err != nil {
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
		row := assessed{Metadata: m, Span: span(m.WindowStart, m.WindowEnd)}
		if baseline != nil && m.ID != baseline.ID {
			if row.Health, err = p.healths.of(ctx, p.workshop, baseline, profile, earlier); err != nil {
				return err
			}
			if v.Latest == nil && len(done) == 0 {
				v.Latest = &row
			}
		}
		v.Rows = append(v.Rows, row)
	}
	ref, err := p.workshop.refer()
	if err != nil {
		return err
	}
	v.Courses = courses(keyMetrics(ref.Metrics), profiles, baseline)
	return nil
}

// courses are the medians of key metrics, one a profile, against the baseline's.
func courses(columns []column, profiles []*behaviour.Profile, baseline *behaviour.Profile) []course {
	if len(profiles) < 2 {
		return nil
	}
	first, last := profiles[len(profiles)-1].WindowStart, profiles[0].WindowStart
	var all []course
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
		f := frame{unit: c.Unit, seconds: int64(last.Sub(first) / time.Second), sparse: true}
		text := c.Name + ", median of each profile"
		if baseline != nil {
			if m := baseline.Telemetry[category][name].P50; m != nil {
				f.bounds = []float64{*m}
				text += "; dashed, the baseline's " + number(m, c.Unit)
			}
		}
		all = append(all, course{c.Name, c.Unit, text, number(&points[len(points)-1].Value, c.Unit), first.UTC().Format("2006-01-02 15:04"), last.UTC().Format("2006-01-02 15:04"), f.draw(line{"a", points}).SVG})
	}
	return all
}

// healths remembers verdicts: profiles never change, so neither do these.
type healths struct {
	mu   sync.Mutex
	kept map[[2]string]*verdicts.Health
}

// keptHealths is of how many pairs; past it all are worked out anew.
const keptHealths = 2000

func newHealths() *healths { return &healths{kept: map[[2]string]*verdicts.Health{}} }

func (h *healths) of(ctx context.Context, w *workshop, baseline, profile *behaviour.Profile, earlier []behaviour.Profile) (*verdicts.Health, error) {
	key := [2]string{baseline.ID, profile.ID}
	h.mu.Lock()
	found := h.kept[key]
	h.mu.Unlock()
	if found != nil {
		return found, nil
	}
	_, health, err := w.drift(ctx, baseline, profile, earlier)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.kept) >= keptHealths {
		clear(h.kept)
	}
	h.kept[key] = health
	return health, nil
}
