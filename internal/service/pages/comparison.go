package pages

import (
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
	Choices  []behaviour.Metadata
	Compared *comparisonView
}

// comparisonView shows the comparison of two profiles.
type comparisonView struct {
	compare.Comparison
	Sides    [2]sideView
	Counts   []stateCount
	Judged   []metricPair // with a verdict, worst first
	NoData   []metricPair
	Health   *verdicts.Health
	Config   []configDiff
	Versions []versionDiff
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
	} else if v.A == "" && len(v.Choices) > 0 {
		v.A = proposeOther(v.Choices, v.B)
	}
	p.renderPage(w, r, http.StatusOK, "compare", pageView{Title: title, Section: "compare", Body: v})
	return nil
}

// proposeOther returns the profile to compare with: the newest baseline, else the oldest
// profile.
func proposeOther(choices []behaviour.Metadata, other string) string {
	for _, m := range choices {
		if m.IsBaseline && m.ID != other {
			return m.ID
		}
	}
	for _, m := range slices.Backward(choices) {
		if m.ID != other {
			return m.ID
		}
	}
	return ""
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
	for _, d := range found.ConfigDiffs {
		c.Config = append(c.Config, configDiff{d, formatValue(d.OldValue), formatValue(d.NewValue)})
	}
	for _, d := range found.VersionDiffs {
		c.Versions = append(c.Versions, versionDiff{headingOf(d.Component), orUnknown(d.OldVersion), orUnknown(d.NewVersion)})
	}
	return c, nil
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
		one.Change = formatDigits(*d.ChangePct) + " %"
		if *d.ChangePct > 0 {
			one.Change = "+" + one.Change
		}
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
