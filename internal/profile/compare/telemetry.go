package compare

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// TelemetryDiff is the change of one metric.
type TelemetryDiff struct {
	Metric string `json:"metric"` // CATEGORY.METRIC, or CATEGORY.METRIC.SERVICE
	Unit   string `json:"unit"`
	// level by the best statistic; null without data
	OldValue  *float64      `json:"old_value" jsonschema:"nullable"`
	NewValue  *float64      `json:"new_value" jsonschema:"nullable"`
	ChangePct *float64      `json:"change_pct" jsonschema:"nullable"` // null if the old value is zero or unknown
	Direction judge.Verdict `json:"direction"`
	Severity  string        `json:"severity"` // info, warning or critical
	Sentence  string        `json:"sentence"`
	Evidence  judge.Result  `json:"evidence"`

	before, after []behaviour.Point
}

// Usual summarises an earlier profile, in about a hundredth of its size.
type Usual struct {
	behaviour.Metadata
	metrics map[string]judge.PastWindow // metrics with enough samples
	loads   []*float64                  // by measure of the load, best first; nil means unknown
}

// Summarise summarises a profile for later comparisons.
func (c *Comparer) Summarise(p behaviour.Profile) Usual {
	u, s := Usual{p.Metadata, map[string]judge.PastWindow{}, c.loadsOf(p)}, c.scopeOf(p, nil)
	for category, all := range p.Telemetry {
		for metric := range all {
			name := category + "." + metric
			for _, past := range judge.SummarisePast([]judge.Window{s.windowOf(name)}, c.options) {
				u.metrics[name] = past
			}
		}
	}
	return u
}

// selectSameHour returns the earlier windows at the same hour of the day as b's.
func selectSameHour(b behaviour.Profile, earlier []Usual) (all []Usual) {
	const day = 24 * time.Hour
	near := b.WindowEnd.Sub(b.WindowStart) / 2
	for _, u := range earlier {
		distance := b.WindowStart.Sub(u.WindowStart) % day
		if distance <= near || day-distance <= near {
			all = append(all, u)
		}
	}
	return all
}

type judgeFunc func(m judge.Metric, before, after judge.Window, earlier []judge.PastWindow, o catalogue.Thresholds) judge.Result

// diffTelemetry judges every metric of either profile.
func (c *Comparer) diffTelemetry(a, b behaviour.Profile, measure loadMeasure, earlier []Usual, r Options) []TelemetryDiff {
	names := namesOf(a.Telemetry, b.Telemetry)
	before, after := c.scopeOf(a, measure.old), c.scopeOf(b, measure.now)
	before.past = r.Known
	past := make([]judge.PastWindow, 0, len(earlier))
	daily := selectSameHour(b, earlier)
	judged := func(name string, how judgeFunc) judge.Result {
		past = past[:0]
		for _, u := range earlier {
			if p, found := u.metrics[name]; found {
				past = append(past, p.WithLoad(measure.of(u.loads)))
			}
		}
		m := c.judgeMetric(name, a.Telemetry, b.Telemetry, r.Floors)
		if name == measure.metric {
			// nothing is left that it could be compared with
			m.Load, m.Polarity, m.Critical = judge.IsLoad, judge.Either, false
		}
		now := after.windowOf(name)
		for _, u := range daily {
			if p, found := u.metrics[name]; found {
				now.SameHour = append(now.SameHour, p.WithLoad(measure.of(u.loads)))
			}
		}
		return how(m, before.windowOf(name), now, past, c.options)
	}
	how := judgeFunc(judge.Compare)
	if r.Brief {
		how = judge.Decide
	}
	results := make([]judge.Result, len(names))
	for i, name := range names {
		results[i] = judged(name, how)
	}
	// weighing metrics together needs the evidence of all
	if r.Brief && slices.ContainsFunc(results, judge.Result.IsWeighed) {
		for i, name := range names {
			results[i] = judged(name, judge.Compare)
		}
	}
	results = judge.Family(results, c.options)
	diffs := make([]TelemetryDiff, 0, len(results))
	for _, r := range orderByImportance(results) {
		d := diffOf(r)
		d.before, d.after = before.windowOf(r.Metric).Series, after.windowOf(r.Metric).Series
		diffs = append(diffs, d)
	}
	return diffs
}

// diffOf returns the change of one metric without its samples.
func diffOf(r *judge.Result) TelemetryDiff {
	d := TelemetryDiff{
		Metric: r.Metric, Unit: r.Unit, Direction: r.Verdict, Severity: r.Severity, Sentence: r.Sentence, Evidence: *r,
		OldValue: r.Change.Old, NewValue: r.Change.New,
	}
	if r.Verdict == judge.NoData {
		d.OldValue, d.NewValue = r.Old.Mean, r.New.Mean
	}
	if r.Change.Relative != nil {
		pct := 100 * *r.Change.Relative
		d.ChangePct = &pct
	}
	return d
}

var (
	severities = []string{judge.Critical, judge.Warning, judge.Info}
	directions = []judge.Verdict{judge.Regressed, judge.Inconclusive, judge.NoData, judge.Improved, judge.Unchanged}
)

// orderByImportance orders results by severity, verdict and size of the change. It moves pointers, because results are
// large.
func orderByImportance(results []judge.Result) []*judge.Result {
	order := make([]*judge.Result, len(results))
	for i := range results {
		order[i] = &results[i]
	}
	slices.SortFunc(order, func(x, y *judge.Result) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity)),
			cmp.Compare(slices.Index(directions, x.Verdict), slices.Index(directions, y.Verdict)),
			-cmp.Compare(changeSize(x), changeSize(y)),
			cmp.Compare(x.Metric, y.Metric),
		)
	})
	return order
}

// changeSize returns the relative size of a change, infinite if the old value is zero.
func changeSize(r *judge.Result) float64 {
	switch {
	case r.Change.Relative != nil:
		return math.Abs(*r.Change.Relative)
	case r.Change.Old != nil && r.Change.New != nil && *r.Change.Old != *r.Change.New:
		return math.Inf(1)
	}
	return 0
}

// profileScope holds what all metrics of one profile share.
type profileScope struct {
	telemetry behaviour.Telemetry
	seconds   float64
	load      *float64
	past      *Usual // nil means not summarised before
}

func (c *Comparer) scopeOf(p behaviour.Profile, load *float64) profileScope {
	return profileScope{p.Telemetry, p.WindowEnd.Sub(p.WindowStart).Seconds(), load, nil}
}

func (s profileScope) windowOf(name string) judge.Window {
	category, metric, _ := strings.Cut(name, ".")
	summary, found := s.telemetry[category][metric]
	if !found {
		summary = behaviour.MissingSummary("the profile does not have this metric", 0)
		// a metric that no process exports has one entry without services
		if base, _, spread := strings.Cut(metric, "."); spread {
			if whole, found := s.telemetry[category][base]; found && whole.Status == behaviour.NoData {
				summary = whole
			}
		}
	}
	w := judge.Window{Summary: summary, Seconds: s.seconds, Load: s.load}
	if s.past != nil {
		if past, found := s.past.metrics[name]; found {
			w.Past = &past
		}
	}
	return w
}

// judgeMetric returns a metric's declaration with the requested floors. Unknown metrics have no better direction.
func (c *Comparer) judgeMetric(name string, a, b behaviour.Telemetry, floors map[string]Threshold) judge.Metric {
	declared, found := c.metrics[name]
	if base := name[:strings.LastIndex(name, ".")]; !found && c.metrics[base].Per != "" {
		declared, found = c.metrics[base], true
	}
	category, metric, _ := strings.Cut(name, ".")
	if !found {
		s := a[category][metric]
		if s.Unit == "" {
			s = b[category][metric]
		}
		return judge.Metric{Name: name, Unit: s.Unit, Kind: s.Kind, Polarity: judge.Either, Load: judge.Free}
	}
	m := declared
	m.Name = name
	for _, of := range []string{category, declared.Name} {
		if f := floors[of]; f.Relative != nil {
			m.Floor.Relative = *f.Relative
		}
		if f := floors[of]; f.Absolute != nil {
			m.Floor.Absolute = *f.Absolute
		}
	}
	return m
}

// namesOf returns the metric names of both profiles. It omits an entry without services and data if the other profile
// has one for each service.
func namesOf(a, b behaviour.Telemetry) []string {
	has := map[string]bool{}
	for _, t := range []behaviour.Telemetry{a, b} {
		for category, metrics := range t {
			for metric := range metrics {
				has[category+"."+metric] = true
			}
		}
	}
	spread := map[string]bool{}
	for name := range has {
		if parts := strings.SplitN(name, ".", 3); len(parts) == 3 {
			spread[parts[0]+"."+parts[1]] = true
		}
	}
	var names []string
	for name := range has {
		category, metric, _ := strings.Cut(name, ".")
		if spread[name] && a[category][metric].Mean == nil && b[category][metric].Mean == nil {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
