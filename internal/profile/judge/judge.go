// Package judge decides whether a metric differs between two windows, and whether the difference matters. It is pure
// and seeded: equal input gives equal bytes. Units, polarities and floors come from the catalogue, never from names.
package judge

import (
	"slices"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Metric is a metric of the telemetry catalogue. Its queries do not matter here.
type Metric = catalogue.Metric

// Polarities of a metric.
const (
	Higher = "higher"
	Lower  = "lower"
	Either = "either" // neither direction is better
)

// Relations of a metric to the cluster's load.
const (
	Free   = "free"   // compared as is
	Scales = "scales" // compared per unit of load
	IsLoad = "is"     // the load itself
)

// Rate is the kind of metric that sums to a number of events over a window.
const Rate = "rate"

// Window is one metric over a time window of a cluster.
type Window struct {
	behaviour.Summary
	// length of the window; 0 means unknown, and events are not counted
	Seconds float64
	// load of the cluster in the window; nil means unknown
	Load *float64
	// levels that are known already; nil means computed from the samples
	Past *PastWindow
	// windows at the same hour of earlier days, which show what a daily cycle does
	SameHour []PastWindow
}

// PastWindow summarises a metric in an earlier window: its levels and its load.
type PastWindow struct {
	levels levelSet
	load   *float64
}

// WithLoad returns the window with its load by another measure; nil means unknown.
func (p PastWindow) WithLoad(load *float64) PastWindow {
	p.load = load
	return p
}

// SummarisePast returns the levels of earlier windows. It skips windows with too few samples.
func SummarisePast(earlier []Window, o catalogue.Thresholds) (all []PastWindow) {
	for _, w := range earlier {
		if w.Mean == nil || len(w.Series) == 0 || sampleCoverage(w) < o.MinCoverage {
			continue
		}
		v := seriesValues(w)
		slices.Sort(v)
		l := levelsOf(v, v)
		l[mean] = *w.Mean
		all = append(all, PastWindow{l, w.Load})
	}
	return all
}

// Compare judges the new window against the old one. Earlier windows, oldest first and possibly none, show what is
// usual.
func Compare(m Metric, before, after Window, earlier []PastWindow, o catalogue.Thresholds) Result {
	return compareWindows(m, before, after, earlier, o, false)
}

// Decide works like Compare, but omits the evidence that an unchanged verdict does not need.
func Decide(m Metric, before, after Window, earlier []PastWindow, o catalogue.Thresholds) Result {
	return compareWindows(m, before, after, earlier, o, true)
}

// bufferPool reuses buffers for the values of two windows, original and sorted.
var bufferPool = sync.Pool{New: func() any { return new([]float64) }}

func compareWindows(m Metric, before, after Window, earlier []PastWindow, o catalogue.Thresholds, brief bool) Result {
	r := Result{
		Metric:   m.Name,
		Unit:     m.Unit,
		Polarity: m.Polarity,
		Critical: m.Critical,
		Floor:    m.Floor,
		Old:      sideOf(m, before),
		New:      sideOf(m, after),
	}
	if after.Expected > 0 {
		r.sampleSeconds = after.Seconds / float64(after.Expected)
	}
	r.Notes = partialNotes(before, after)
	if reason := missingReason(before, after); reason != "" {
		r.Verdict, r.Because = NoData, reason
		return r.withConclusion()
	}
	room := bufferPool.Get().(*[]float64)
	defer bufferPool.Put(room)
	*room = (*room)[:0]
	n, all := len(before.Series), len(before.Series)+len(after.Series)
	r.Load = loadOf(m, before, after, o)
	scale := 1.0
	if r.Load != nil && r.Load.Normalised {
		scale = r.Load.scale
	}
	r.isLoadUnknown = m.Load == Scales && r.Load == nil
	for _, p := range before.Series {
		*room = append(*room, p.Value)
	}
	for _, p := range after.Series {
		*room = append(*room, scale*p.Value)
	}
	*room = append(*room, *room...)
	a, b, x, y := (*room)[:n], (*room)[n:all], (*room)[all:all+n], (*room)[all+n:]
	slices.Sort(y)
	lb := levelsOf(b, y)
	// the mean of all samples, even if the series has fewer points
	lb[mean] = *after.Mean * scale
	var la levelSet
	if before.Past != nil {
		la = before.Past.levels
	} else {
		slices.Sort(x)
		la = levelsOf(a, x)
		la[mean] = *before.Mean
	}
	r.countEvents(m, before, after, scale, o)
	known := pastLevels{levelsAtLoad(m, before, earlier), isFarApart(before, after)}
	r.isFar = known.isFar
	r.judgeLevel(la, lb, known, o)
	r.compareSameHour(lb, levelsAtLoad(m, before, after.SameHour))
	verdict, because := r.preliminaryVerdict(o)
	if verdict != Unchanged || !brief {
		r.collectEvidence(a, b, poolSamples(a, b), known, o)
	}
	if verdict == "" {
		verdict, because = r.evidenceVerdict(m, o)
	}
	r.Verdict, r.Because = verdict, because
	return r.withConclusion()
}

// levelsAtLoad returns the levels of earlier windows, scaled to the old window's load if the metric scales.
func levelsAtLoad(m Metric, before Window, earlier []PastWindow) []levelSet {
	all := make([]levelSet, 0, len(earlier))
	for _, p := range earlier {
		l := p.levels
		if m.Load == Scales && p.load != nil && *p.load > 0 && before.Load != nil {
			l = l.scaleBy(*before.Load / *p.load)
		}
		all = append(all, l)
	}
	return all
}

// isFarApart reports whether the gap between two windows is at least one window long.
func isFarApart(before, after Window) bool {
	first, last := before.Series[0].Time, before.Series[len(before.Series)-1].Time
	between := after.Series[0].Time - first
	return max(between, -between) > 2*(last-first)
}

func sampleCoverage(w Window) float64 {
	if w.Expected == 0 {
		return 0
	}
	return float64(w.Samples) / float64(w.Expected)
}

func seriesValues(w Window) []float64 {
	all := make([]float64, len(w.Series))
	for i, p := range w.Series {
		all[i] = p.Value
	}
	return all
}
