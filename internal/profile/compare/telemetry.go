package compare

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// A TelemetryDiff is what became of one metric.
type TelemetryDiff struct {
	Metric string `json:"metric"` // CATEGORY.METRIC, or CATEGORY.METRIC.SERVICE
	Unit   string `json:"unit"`
	// by the measure that tells the level best; null where there is no data
	OldValue  *float64      `json:"old_value" jsonschema:"nullable"`
	NewValue  *float64      `json:"new_value" jsonschema:"nullable"`
	ChangePct *float64      `json:"change_pct" jsonschema:"nullable"` // null where the old value is zero, or not known
	Direction judge.Verdict `json:"direction"`
	Severity  string        `json:"severity"` // info, warning or critical
	Sentence  string        `json:"sentence"`
	Evidence  judge.Result  `json:"evidence"`

	before, after []behaviour.Point
}

// A Usual is what is remembered of an earlier profile: a hundredth of it.
type Usual struct {
	behaviour.Metadata
	metrics map[string]judge.Past // those that have enough samples
}

// Remember keeps of a profile what tells what is usual.
func (c *Comparer) Remember(p behaviour.Profile) Usual {
	u, s := Usual{p.Metadata, map[string]judge.Past{}}, c.scopeOf(p)
	for category, all := range p.Telemetry {
		for metric := range all {
			name := category + "." + metric
			for _, past := range judge.Remember([]judge.Window{s.window(name)}, c.options) {
				u.metrics[name] = past
			}
		}
	}
	return u
}

type judging func(m judge.Metric, before, after judge.Window, earlier []judge.Past, o judge.Options) judge.Result

// telemetry judges every metric that either profile has.
func (c *Comparer) telemetry(a, b behaviour.Profile, earlier []Usual, r Request) []TelemetryDiff {
	names := namesOf(a.Telemetry, b.Telemetry)
	before, after := c.scopeOf(a), c.scopeOf(b)
	before.known = r.Known
	past := make([]judge.Past, 0, len(earlier))
	judged := func(name string, how judging) judge.Result {
		past = past[:0]
		for _, u := range earlier {
			if p, found := u.metrics[name]; found {
				past = append(past, p)
			}
		}
		return how(c.metric(name, a.Telemetry, b.Telemetry, r.Floors), before.window(name), after.window(name), past, c.options)
	}
	how := judging(judge.Compare)
	if r.Brief {
		how = judge.Decide
	}
	results := make([]judge.Result, len(names))
	diffs := make([]TelemetryDiff, len(names))
	for i, name := range names {
		results[i] = judged(name, how)
		diffs[i].before, diffs[i].after = before.window(name).Series, after.window(name).Series
	}
	// together they are weighed by the evidence of all
	if r.Brief && slices.ContainsFunc(results, judge.Result.Weighed) {
		for i, name := range names {
			results[i] = judged(name, judge.Compare)
		}
	}
	for i, r := range judge.Family(results, c.options) {
		d := &diffs[i]
		d.Metric, d.Unit, d.Direction, d.Severity, d.Sentence, d.Evidence = r.Metric, r.Unit, r.Verdict, r.Severity, r.Sentence, r
		d.OldValue, d.NewValue = r.Change.Old, r.Change.New
		if r.Verdict == judge.NoData {
			d.OldValue, d.NewValue = r.Old.Mean, r.New.Mean
		}
		if r.Change.Relative != nil {
			pct := 100 * *r.Change.Relative
			d.ChangePct = &pct
		}
	}
	slices.SortStableFunc(diffs, worse)
	return diffs
}

var (
	severities = []string{judge.Critical, judge.Warning, judge.Info}
	directions = []judge.Verdict{judge.Regressed, judge.Inconclusive, judge.NoData, judge.Improved, judge.Unchanged}
)

// worse orders by severity, then by verdict, then by how large the change is.
func worse(x, y TelemetryDiff) int {
	return cmp.Or(
		cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity)),
		cmp.Compare(slices.Index(directions, x.Direction), slices.Index(directions, y.Direction)),
		-cmp.Compare(x.size(), y.size()),
		cmp.Compare(x.Metric, y.Metric),
	)
}

// size of a change; from zero to something there is none larger.
func (d TelemetryDiff) size() float64 {
	switch {
	case d.ChangePct != nil:
		return math.Abs(*d.ChangePct)
	case d.OldValue != nil && d.NewValue != nil && *d.OldValue != *d.NewValue:
		return math.Inf(1)
	}
	return 0
}

// A scope is what all metrics of one profile have in common.
type scope struct {
	telemetry behaviour.Telemetry
	seconds   float64
	load      *float64
	known     *Usual // nil where nothing is remembered of it
}

func (c *Comparer) scopeOf(p behaviour.Profile) scope {
	return scope{p.Telemetry, p.WindowEnd.Sub(p.WindowStart).Seconds(), c.loadOf(p), nil}
}

func (s scope) window(name string) judge.Window {
	category, metric, _ := strings.Cut(name, ".")
	summary, found := s.telemetry[category][metric]
	if !found {
		summary = behaviour.Missing("the profile does not have it", 0)
		// a metric that nobody exports stands there without its services
		if base, _, spread := strings.Cut(metric, "."); spread {
			if whole, found := s.telemetry[category][base]; found && whole.Status == behaviour.NoData {
				summary = whole
			}
		}
	}
	w := judge.Window{Summary: summary, Seconds: s.seconds, Load: s.load}
	if s.known != nil {
		if past, found := s.known.metrics[name]; found {
			w.Known = &past
		}
	}
	return w
}

func (c *Comparer) loadOf(p behaviour.Profile) *float64 {
	category, metric, _ := strings.Cut(c.load, ".")
	return p.Telemetry[category][metric].Mean
}

// metric is what the catalogue declares of one; of a metric that is not in it,
// neither direction is better.
func (c *Comparer) metric(name string, a, b behaviour.Telemetry, floors map[string]Threshold) judge.Metric {
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
	m := judge.Metric{
		Name: name, Unit: declared.Unit, Kind: declared.Kind, Polarity: declared.Polarity,
		Floor: judge.Floor(declared.Floor), Critical: declared.Critical, Load: declared.Load,
	}
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

// namesOf the metrics of both. A metric without a service, that one profile has
// only to say that there is no data, is left out where the other has its services.
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
