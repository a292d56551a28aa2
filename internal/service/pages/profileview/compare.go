package profileview

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
)

// CompareDrift compares two profiles and assesses the drift of the second.
func CompareDrift(ctx context.Context, w *engines.Pool, a, b *behaviour.Profile, earlier []behaviour.Profile) (compare.Comparison,
	*verdicts.Health, error) {
	ref, err := w.LoadModuleData()
	if err != nil {
		return compare.Comparison{}, nil, err
	}
	found, err := ref.Comparer.Compare(*a, *b, compare.Options{Earlier: earlier})
	if err != nil {
		return compare.Comparison{}, nil, frame.WrapFault(err)
	}
	var health verdicts.Health
	err = w.Use(func(set *evaluator.Set) error {
		assessor, err := set.Assessor(ctx)
		if err != nil {
			return err
		}
		health, err = assessor.Drift(ctx, found, nil)
		return err
	})
	if err != nil {
		return compare.Comparison{}, nil, frame.WrapFault(err)
	}
	if len(health.Candidates) > 0 {
		found.Candidates = health.Candidates
	}
	return found, &health, nil
}

// Comparison shows the comparison of two profiles.
type Comparison struct {
	compare.Comparison
	Sides     [2]sideView
	Counts    []frame.StateCount
	Judged    []metricPair // with a verdict, worst first
	Regressed FoldedList[metricPair]
	Others    []pairGroup // the other verdicts
	NoData    []metricPair
	Health    *verdicts.Health
	Config    []configDiff
	Versions  []versionDiff
	Show      Filter
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

// metricPair is a metric of both profiles.
type metricPair struct {
	Key, Name, Doc, Better, Unit string
	Direction, Severity          string
	Sentence, Because            string
	Before, After, Change        string
	Plot                         plot.Plot
	Length                       string
	Text                         string
}

type configDiff struct {
	compare.ConfigDiff
	Before, After string
}

type versionDiff struct{ Name, Before, After string }

// Compare compares two profiles and names the changes that can explain regressions.
func Compare(ctx context.Context, w *engines.Pool, a, b *behaviour.Profile, earlier []behaviour.Profile) (*Comparison, error) {
	ref, err := w.LoadModuleData()
	if err != nil {
		return nil, err
	}
	found, health, err := CompareDrift(ctx, w, a, b, earlier)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Comparison: found, Health: health}
	for i, p := range []*behaviour.Profile{a, b} {
		c.Sides[i] = sideView{p.Metadata, []string{"a", "b"}[i], frame.FormatWindow(p.WindowStart, p.WindowEnd),
			frame.FormatDuration(p.WindowEnd.Sub(p.WindowStart))}
	}
	for _, v := range []judge.Verdict{judge.Regressed, judge.Improved, judge.Inconclusive, judge.Unchanged, judge.NoData} {
		if n := found.Verdicts[v]; n > 0 {
			c.Counts = append(c.Counts, frame.StateCount{State: string(v), N: n})
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
		c.Config = append(c.Config, configDiff{d, frame.FormatValue(d.OldValue), frame.FormatValue(d.NewValue)})
	}
	for _, d := range found.VersionDiffs {
		c.Versions = append(c.Versions, versionDiff{frame.FormatHeading(d.Component), orUnknown(d.OldVersion), orUnknown(d.NewVersion)})
	}
	return c, nil
}

// groupPairs groups the metrics by verdict, most important first.
func (c *Comparison) groupPairs() {
	byState := map[string][]metricPair{}
	for _, p := range c.Judged {
		byState[p.Direction] = append(byState[p.Direction], p)
	}
	c.Regressed = FoldList(byState[string(judge.Regressed)], MaxCards)
	for _, v := range []judge.Verdict{judge.Improved, judge.Inconclusive, judge.Unchanged} {
		if found := byState[string(v)]; len(found) > 0 {
			c.Others = append(c.Others, pairGroup{string(v), found})
		}
	}
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
		Before:    plot.FormatNumber(d.OldValue, d.Unit),
		After:     plot.FormatNumber(d.NewValue, d.Unit),
	}
	if d.ChangePct != nil {
		one.Change = plot.FormatRelative(*d.ChangePct)
	}
	category, name, _ := strings.Cut(d.Metric, ".")
	seconds := int64(0)
	var lines []plot.Line
	for i, p := range []*behaviour.Profile{a, b} {
		seconds = max(seconds, int64(p.WindowEnd.Sub(p.WindowStart)/time.Second))
		lines = append(
			lines,
			plot.Line{Class: []string{"a", "b"}[i], Points: plot.RelativePoints(p.Telemetry[category][name].Series, p.WindowStart.Unix())},
		)
	}
	one.Plot = plot.Frame{Unit: d.Unit, Seconds: seconds}.Draw(lines...)
	one.Length = frame.FormatDuration(time.Duration(seconds) * time.Second)
	one.Text = fmt.Sprintf(
		"%s over %s since each window began. %s: %s, before %s, after %s.",
		m.Name,
		one.Length,
		frame.FormatHeading(one.Direction),
		one.Sentence,
		one.Before,
		one.After,
	)
	return one
}
