package pages

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// mostChoices is how many profiles the compare page offers.
const mostChoices = 200

// A pairing is the compare page: two profiles, or what can be chosen.
type pairing struct {
	A, B     string
	Choices  []behaviour.Metadata
	Compared *comparison
}

// A comparison is two profiles as a page shows them.
type comparison struct {
	compare.Comparison
	Of       [2]sideView
	Counts   []count
	Judged   []pair // with a verdict, what is worst first
	NoData   []pair
	Health   *verdicts.Health
	Config   []configDiff
	Versions []versionDiff
}

// A sideView is one of the two.
type sideView struct {
	behaviour.Metadata
	Class, Span, Length string
}

// A count is of the metrics of one verdict.
type count struct {
	State string
	N     int
}

// A pair is a metric of both.
type pair struct {
	Key, Name, Doc, Better, Unit string
	Direction, Severity          string
	Sentence, Because            string
	Before, After, Change        string
	Plot                         plot
	Length                       string
	Text                         string
}

type configDiff struct {
	compare.ConfigDiff
	Before, After string
}

type versionDiff struct{ Name, Before, After string }

func (p *Pages) compare(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := pairing{A: q.Get("a"), B: q.Get("b")}
	found, err := p.config.Store.List(r.Context(), store.Filter{}, mostChoices, "")
	if err != nil {
		return err
	}
	v.Choices = found.Profiles
	title := "Compare"
	if v.A != "" && v.B != "" {
		if v.Compared, err = p.comparison(r.Context(), v.A, v.B); err != nil {
			return err
		}
		title = v.Compared.A.Name + " and " + v.Compared.B.Name
	} else if v.A == "" && len(v.Choices) > 0 {
		v.A = proposed(v.Choices, v.B)
	}
	p.render(w, r, http.StatusOK, "compare", view{Title: title, Section: "compare", Body: v})
	return nil
}

// proposed is what to compare with: the newest baseline, or else the oldest profile.
func proposed(choices []behaviour.Metadata, other string) string {
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

// comparison compares two profiles that are kept.
func (p *Pages) comparison(ctx context.Context, a, b string) (*comparison, error) {
	var sides [2]*behaviour.Profile
	for i, id := range []string{a, b} {
		profile, err := p.config.Store.Get(ctx, id)
		if err != nil {
			problem := problemOf(err)
			if problem.Status == http.StatusNotFound {
				return nil, api.NotFound(fmt.Sprintf("there is no profile %s", id))
			}
			return nil, err
		}
		sides[i] = profile
	}
	earlier, err := p.config.Store.Before(ctx, sides[0].Metadata, assess.Earlier)
	if err != nil {
		return nil, err
	}
	return p.workshop.contrast(ctx, sides[0], sides[1], earlier)
}

// contrast compares two profiles, and names the changes that may have to do with
// what became worse.
func (w *workshop) contrast(ctx context.Context, a, b *behaviour.Profile, earlier []behaviour.Profile) (*comparison, error) {
	ref, err := w.refer()
	if err != nil {
		return nil, err
	}
	found, health, err := w.drift(ctx, a, b, earlier)
	if err != nil {
		return nil, err
	}
	c := &comparison{Comparison: found, Health: health}
	for i, p := range []*behaviour.Profile{a, b} {
		c.Of[i] = sideView{p.Metadata, []string{"a", "b"}[i], span(p.WindowStart, p.WindowEnd), length(p.WindowEnd.Sub(p.WindowStart))}
	}
	for _, v := range []judge.Verdict{judge.Regressed, judge.Improved, judge.Inconclusive, judge.Unchanged, judge.NoData} {
		if n := found.Verdicts[v]; n > 0 {
			c.Counts = append(c.Counts, count{string(v), n})
		}
	}
	known := known(ref.Metrics)
	for _, d := range found.TelemetryDiffs {
		one := pairOf(d, a, b, known)
		if d.Direction == judge.NoData {
			c.NoData = append(c.NoData, one)
		} else {
			c.Judged = append(c.Judged, one)
		}
	}
	for _, d := range found.ConfigDiffs {
		c.Config = append(c.Config, configDiff{d, plain(d.OldValue), plain(d.NewValue)})
	}
	for _, d := range found.VersionDiffs {
		c.Versions = append(c.Versions, versionDiff{humane(d.Component), orUnknown(d.OldVersion), orUnknown(d.NewVersion)})
	}
	return c, nil
}

// stated tells a side of a change: no version is one that nobody knows.
func stated(kind string, v any) string {
	if v == nil && kind == "version" {
		return "unknown"
	}
	return plain(v)
}

func orUnknown(s *string) string {
	if s == nil {
		return "unknown"
	}
	return *s
}

// pairOf draws both courses of a metric over the time since their windows began.
func pairOf(d compare.TelemetryDiff, a, b *behaviour.Profile, known map[string]compile.Metric) pair {
	m := newMetric(d.Metric, behaviour.Summary{Unit: d.Unit}, known)
	one := pair{
		Key: d.Metric, Name: m.Name, Doc: m.Doc, Better: m.Better, Unit: d.Unit, Direction: string(d.Direction), Severity: d.Severity,
		Sentence: d.Sentence, Because: d.Evidence.Because, Before: number(d.OldValue, d.Unit), After: number(d.NewValue, d.Unit),
	}
	if d.ChangePct != nil {
		one.Change = figures(*d.ChangePct) + " %"
		if *d.ChangePct > 0 {
			one.Change = "+" + one.Change
		}
	}
	category, name, _ := strings.Cut(d.Metric, ".")
	seconds := int64(0)
	var lines []line
	for i, p := range []*behaviour.Profile{a, b} {
		seconds = max(seconds, int64(p.WindowEnd.Sub(p.WindowStart)/time.Second))
		lines = append(lines, line{[]string{"a", "b"}[i], relative(p.Telemetry[category][name].Series, p.WindowStart.Unix())})
	}
	one.Plot = frame{unit: d.Unit, seconds: seconds}.draw(lines...)
	one.Length = length(time.Duration(seconds) * time.Second)
	one.Text = fmt.Sprintf("%s over %s since each window began. %s: %s, before %s, after %s.", m.Name, one.Length, humane(one.Direction), one.Sentence, one.Before, one.After)
	return one
}
