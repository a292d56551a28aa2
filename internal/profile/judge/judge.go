// Package judge tells soundly whether a metric differs between two windows, and
// whether that matters. It is pure and seeded: the same input gives the same
// bytes. What a metric is (its unit, polarity, floors) comes from the catalogue;
// nothing is guessed from a name.
package judge

import (
	"slices"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A Metric is what the catalogue declares of one.
type Metric struct {
	Name     string
	Unit     string
	Kind     string // rate, ratio, gauge or quantile
	Polarity string // Higher or Lower is better, or Either
	Floor    Floor
	Critical bool
	// how it goes with the load: Free, Scales or IsLoad
	Load string
}

// Polarities of a metric.
const (
	Higher = "higher"
	Lower  = "lower"
	Either = "either" // neither is better
)

// How a metric goes with the load of a cluster.
const (
	Free   = "free"   // it is compared as it is
	Scales = "scales" // it is compared per unit of load
	IsLoad = "is"     // it is the load
)

// Rate is the kind of metric whose sum over a window is a number of events.
const Rate = "rate"

// A Floor is the smallest difference that matters: as a share of the old value,
// and in the metric's unit. Both must be reached.
type Floor struct {
	Relative float64 `json:"relative"`
	Absolute float64 `json:"absolute"`
}

// A Window is one metric over a time window of a cluster.
type Window struct {
	behaviour.Summary
	// how long the window is; 0 where nobody knows, and then events are not counted
	Seconds float64
	// the load of the cluster in it, nil where it is not known
	Load *float64
	// what is remembered of it, and need not be worked out anew; nil is nothing
	Known *Past
}

// Options are the thresholds of a judgement.
type Options struct {
	// what a verdict needs of each window
	MinCoverage float64 `json:"min_coverage"`
	MinSamples  int     `json:"min_samples"`
	// the largest p that is evidence, and the CLES away from one half
	Alpha float64 `json:"alpha"`
	CLES  float64 `json:"cles"`
	// earlier windows that an empirical null needs
	MinEarlier int `json:"min_earlier"`
	// how far is usual: this quantile of how far earlier levels stood out, and a margin
	NullQuantile float64 `json:"null_quantile"`
	NullMargin   float64 `json:"null_margin"`
	// the share of the measures of a level that must have moved
	Agreement float64 `json:"agreement"`
	// how much of the evidence is against what was usual before the old window
	UsualWeight float64 `json:"usual_weight"`
	// fewer events than that are no evidence; fewer than Sparse are judged by their total
	MinEvents float64 `json:"min_events"`
	Sparse    float64 `json:"sparse_events"`
	// loads that differ by more than this factor are not compared
	MaxLoadRatio float64 `json:"max_load_ratio"`
	// spreads that differ by less than this factor do not matter
	SpreadRatio float64 `json:"spread_ratio"`
	// resamples of the block bootstrap, and its seed
	Resamples int    `json:"resamples"`
	Seed      uint64 `json:"seed"`
}

// A Past is what is remembered of a metric in an earlier window: its levels, and
// the load that it had them at.
type Past struct {
	levels levels
	load   *float64
}

// Remember keeps of earlier windows what tells what is usual; nothing of those that
// have too few samples.
func Remember(earlier []Window, o Options) (all []Past) {
	for _, w := range earlier {
		if w.Mean == nil || len(w.Series) == 0 || coverage(w) < o.MinCoverage {
			continue
		}
		v := values(w)
		slices.Sort(v)
		l := levelsOf(v, v)
		l[mean] = *w.Mean
		all = append(all, Past{l, w.Load})
	}
	return all
}

// Compare judges one metric: the new window against the old one, with what is
// remembered of the windows before the old one, the earliest first, as the measure of
// what is usual. They may be none.
func Compare(m Metric, before, after Window, earlier []Past, o Options) Result {
	return compare(m, before, after, earlier, o, false)
}

// Decide is Compare as far as the verdict takes it: where what matters, or what is
// usual, tells already that nothing changed, the rest of the evidence is left out.
func Decide(m Metric, before, after Window, earlier []Past, o Options) Result {
	return compare(m, before, after, earlier, o, true)
}

// rooms for the values of two windows, and the same sorted.
var rooms = sync.Pool{New: func() any { return new([]float64) }}

func compare(m Metric, before, after Window, earlier []Past, o Options, brief bool) Result {
	r := Result{Metric: m.Name, Unit: m.Unit, Polarity: m.Polarity, Critical: m.Critical, Floor: m.Floor, Old: sideOf(m, before), New: sideOf(m, after)}
	r.Notes = notes(before, after)
	if reason := missing(before, after); reason != "" {
		r.Verdict, r.Because = NoData, reason
		return r.conclude()
	}
	room := rooms.Get().(*[]float64)
	defer rooms.Put(room)
	*room = (*room)[:0]
	n, all := len(before.Series), len(before.Series)+len(after.Series)
	scale := r.load(m, before, after, o)
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
	// of all samples, where the series has fewer points
	lb[mean] = *after.Mean * scale
	var la levels
	if before.Known != nil {
		la = before.Known.levels
	} else {
		slices.Sort(x)
		la = levelsOf(a, x)
		la[mean] = *before.Mean
	}
	r.count(m, before, after, scale, o)
	known := history{past(m, before, earlier), far(before, after)}
	r.level(la, lb, known, o)
	verdict, because := r.plain(o)
	if verdict != Unchanged || !brief {
		r.measure(a, b, pool(a, b), known, o)
	}
	if verdict == "" {
		verdict, because = r.weighed(m, o)
	}
	r.Verdict, r.Because = verdict, because
	return r.conclude()
}

// past are the levels of earlier windows, at the load of the old one where the
// metric scales with it.
func past(m Metric, before Window, earlier []Past) []levels {
	all := make([]levels, 0, len(earlier))
	for _, p := range earlier {
		l := p.levels
		if m.Load == Scales && p.load != nil && *p.load > 0 && before.Load != nil {
			l = l.scaled(*before.Load / *p.load)
		}
		all = append(all, l)
	}
	return all
}

// far tells whether time lies between two windows: as much as one of them, or more.
func far(before, after Window) bool {
	first, last := before.Series[0].Time, before.Series[len(before.Series)-1].Time
	between := after.Series[0].Time - first
	return max(between, -between) > 2*(last-first)
}

func coverage(w Window) float64 {
	if w.Expected == 0 {
		return 0
	}
	return float64(w.Samples) / float64(w.Expected)
}

func values(w Window) []float64 {
	all := make([]float64, len(w.Series))
	for i, p := range w.Series {
		all[i] = p.Value
	}
	return all
}
