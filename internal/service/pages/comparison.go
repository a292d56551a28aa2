package pages

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// maxChoices is the number of profiles that the compare page offers.
const maxChoices = 200

// comparePage is the compare page: two profiles, or the choices.
type comparePage struct {
	A, B     string
	Choices  []behaviour.Metadata // newest window first
	Groups   []choiceGroup
	Compared *comparisonView
}

// choiceGroup is the profiles of one cluster and namespace.
type choiceGroup struct {
	Name     string
	Profiles []behaviour.Metadata
}

// groupChoices groups profiles by cluster and namespace.
func groupChoices(all []behaviour.Metadata) []choiceGroup {
	var groups []choiceGroup
	for _, m := range all {
		name := m.ClusterID
		if m.Namespace != "" {
			name += " / " + m.Namespace
		}
		at := slices.IndexFunc(groups, func(g choiceGroup) bool { return g.Name == name })
		if at < 0 {
			at = len(groups)
			groups = append(groups, choiceGroup{Name: name})
		}
		groups[at].Profiles = append(groups[at].Profiles, m)
	}
	return groups
}

// comparisonView shows the comparison of two profiles.
type comparisonView struct {
	compare.Comparison
	Sides     [2]sideView
	Counts    []stateCount
	Judged    []metricPair // with a verdict, worst first
	Regressed foldedList[metricPair]
	Others    []pairGroup // the other verdicts
	NoData    []metricPair
	Health    *verdicts.Health
	Config    []configDiff
	Versions  []versionDiff
	Show      viewFilter
}

// pairGroup is the metrics with one verdict.
type pairGroup struct {
	State string
	Pairs []metricPair
}

// sideView is one of the two profiles.
type sideView struct {
	behaviour.Metadata
	Class, Span, Length string
}

// stateCount is the number of entries in one state.
type stateCount struct {
	State string
	N     int
}

// metricPair is a metric of both profiles.
type metricPair struct {
	Key, Name, Doc, Better, Unit string
	Direction, Severity          string
	Sentence, Because            string
	Before, After, Change        string
	Plot                         plotView
	Length                       string
	Text                         string
}

type configDiff struct {
	compare.ConfigDiff
	Before, After string
}

type versionDiff struct{ Name, Before, After string }

func (p *Pages) showComparison(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := comparePage{A: q.Get("a"), B: q.Get("b")}
	found, err := p.config.Store.List(r.Context(), store.Filter{}, maxChoices, "")
	if err != nil {
		return err
	}
	v.Choices = found.Profiles
	title := "Compare"
	if v.A != "" && v.B != "" {
		if v.Compared, err = p.compareStored(r.Context(), v.A, v.B); err != nil {
			return err
		}
		title = v.Compared.A.Name + " and " + v.Compared.B.Name
		v.Compared.Show = newViewFilter(r, "Only what regressed")
	} else {
		v.A, v.B = proposePair(v.Choices, v.A, v.B)
	}
	v.Groups = groupChoices(v.Choices)
	p.renderPage(w, r, http.StatusOK, "compare", pageView{Title: title, Section: "compare", Body: v})
	return nil
}

// proposePair fills in the profiles that the request does not name, within one cluster and namespace: the newest
// profile, and the baseline or the oldest profile before it. Where there is no second profile, it proposes none.
func proposePair(newestFirst []behaviour.Metadata, a, b string) (before, after string) {
	find := func(id string) *behaviour.Metadata {
		if at := slices.IndexFunc(newestFirst, func(m behaviour.Metadata) bool { return m.ID == id }); at >= 0 {
			return &newestFirst[at]
		}
		return nil
	}
	named := find(cmp.Or(b, a))
	if named == nil && a+b != "" {
		return a, b // of none of the choices
	}
	for _, m := range newestFirst {
		if named != nil {
			m = *named
		}
		var others []behaviour.Metadata
		for _, o := range newestFirst {
			if o.ID != m.ID && o.ClusterID == m.ClusterID && o.Namespace == m.Namespace && o.TaskQueue == m.TaskQueue {
				others = append(others, o)
			}
		}
		switch {
		case len(others) == 0 && named != nil:
			return a, b
		case len(others) == 0:
			continue
		case a != "":
			return a, others[0].ID
		case b == "" && m.IsBaseline: // a baseline is what others are compared with
			return m.ID, others[0].ID
		}
		at := slices.IndexFunc(others, func(o behaviour.Metadata) bool { return o.IsBaseline })
		if at < 0 {
			at = len(others) - 1
		}
		return others[at].ID, m.ID
	}
	return a, b
}

// compareStored compares two stored profiles.
func (p *Pages) compareStored(ctx context.Context, a, b string) (*comparisonView, error) {
	var sides [2]*behaviour.Profile
	for i, id := range []string{a, b} {
		profile, err := p.config.Store.Get(ctx, id)
		if err != nil {
			problem := problemOf(err)
			if problem.Status == http.StatusNotFound {
				return nil, api.NotFoundProblem(fmt.Sprintf("profile %s not found", id))
			}
			return nil, err
		}
		sides[i] = profile
	}
	earlier, err := p.config.Store.Before(ctx, sides[0].Metadata, assess.Earlier, sides[1].WindowStart)
	if err != nil {
		return nil, err
	}
	return p.engines.compareProfiles(ctx, sides[0], sides[1], earlier)
}

// compareProfiles compares two profiles and names the changes that can explain regressions.
func (w *engineCache) compareProfiles(ctx context.Context, a, b *behaviour.Profile, earlier []behaviour.Profile) (*comparisonView, error) {
	ref, err := w.loadModuleData()
	if err != nil {
		return nil, err
	}
	found, health, err := w.compareDrift(ctx, a, b, earlier)
	if err != nil {
		return nil, err
	}
	c := &comparisonView{Comparison: found, Health: health}
	for i, p := range []*behaviour.Profile{a, b} {
		c.Sides[i] = sideView{p.Metadata, []string{"a", "b"}[i], formatWindow(p.WindowStart, p.WindowEnd),
			formatDuration(p.WindowEnd.Sub(p.WindowStart))}
	}
	for _, v := range []judge.Verdict{judge.Regressed, judge.Improved, judge.Inconclusive, judge.Unchanged, judge.NoData} {
		if n := found.Verdicts[v]; n > 0 {
			c.Counts = append(c.Counts, stateCount{string(v), n})
		}
	}
	known := metricsByName(ref.Metrics)
	for _, d := range found.TelemetryDiffs {
		one := newMetricPair(d, a, b, known)
		if d.Direction == judge.NoData {
			c.NoData = append(c.NoData, one)
		} else {
			c.Judged = append(c.Judged, one)
		}
	}
	c.groupPairs()
	for _, d := range found.ConfigDiffs {
		c.Config = append(c.Config, configDiff{d, formatValue(d.OldValue), formatValue(d.NewValue)})
	}
	for _, d := range found.VersionDiffs {
		c.Versions = append(c.Versions, versionDiff{headingOf(d.Component), orUnknown(d.OldVersion), orUnknown(d.NewVersion)})
	}
	return c, nil
}

// groupPairs groups the metrics by verdict, most important first.
func (c *comparisonView) groupPairs() {
	byState := map[string][]metricPair{}
	for _, p := range c.Judged {
		byState[p.Direction] = append(byState[p.Direction], p)
	}
	c.Regressed = foldList(byState[string(judge.Regressed)], maxCards)
	for _, v := range []judge.Verdict{judge.Improved, judge.Inconclusive, judge.Unchanged} {
		if found := byState[string(v)]; len(found) > 0 {
			c.Others = append(c.Others, pairGroup{string(v), found})
		}
	}
}

// formatChange formats one side of a change; a missing version is unknown.
func formatChange(kind string, v any) string {
	if v == nil && kind == "version" {
		return "unknown"
	}
	return formatValue(v)
}

func orUnknown(s *string) string {
	if s == nil {
		return "unknown"
	}
	return *s
}

// newMetricPair draws a metric of both profiles over the time since the start of their
// windows.
func newMetricPair(d compare.TelemetryDiff, a, b *behaviour.Profile, known map[string]registry.Metric) metricPair {
	m := newMetricView(d.Metric, behaviour.Summary{Unit: d.Unit}, known)
	one := metricPair{
		Key:       d.Metric,
		Name:      m.Name,
		Doc:       m.Doc,
		Better:    m.Better,
		Unit:      d.Unit,
		Direction: string(d.Direction),
		Severity:  d.Severity,
		Sentence:  d.Sentence,
		Because:   d.Evidence.Because,
		Before:    formatNumber(d.OldValue, d.Unit),
		After:     formatNumber(d.NewValue, d.Unit),
	}
	if d.ChangePct != nil {
		one.Change = formatRelative(*d.ChangePct)
	}
	category, name, _ := strings.Cut(d.Metric, ".")
	seconds := int64(0)
	var lines []plotLine
	for i, p := range []*behaviour.Profile{a, b} {
		seconds = max(seconds, int64(p.WindowEnd.Sub(p.WindowStart)/time.Second))
		lines = append(lines, plotLine{[]string{"a", "b"}[i], relativePoints(p.Telemetry[category][name].Series, p.WindowStart.Unix())})
	}
	one.Plot = plotFrame{unit: d.Unit, seconds: seconds}.drawLines(lines...)
	one.Length = formatDuration(time.Duration(seconds) * time.Second)
	one.Text = fmt.Sprintf("%s over %s since each window began. %s: %s, before %s, after %s.", m.Name, one.Length, headingOf(one.Direction),
		one.Sentence, one.Before, one.After)
	return one
}
