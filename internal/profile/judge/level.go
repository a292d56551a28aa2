package judge

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A statistic of a window: its level by one measure.
type statistic int

// The measures of a level, the one that people think of first.
const (
	mean statistic = iota
	median
	lower
	upper
	low
	high
	statistics
)

func (s statistic) String() string {
	return [...]string{"mean", "p50", "p25", "p75", "p10", "p90"}[s]
}

// levels of a window by each measure.
type levels [statistics]float64

// levelsOf values and the same values sorted.
func levelsOf(values, sorted []float64) levels {
	return levels{
		mean: stat.Mean(values, nil), median: behaviour.Quantile(sorted, 0.5),
		lower: behaviour.Quantile(sorted, 0.25), upper: behaviour.Quantile(sorted, 0.75),
		low: behaviour.Quantile(sorted, 0.1), high: behaviour.Quantile(sorted, 0.9),
	}
}

// scaled are the levels of values that are multiplied.
func (l levels) scaled(by float64) levels {
	for i := range l {
		l[i] *= by
	}
	return l
}

// matters tells whether one level differs from another by as much as matters.
func (f Floor) matters(old, now float64) bool {
	d := math.Abs(now - old)
	return d > 0 && d >= f.Absolute && (old == 0 || d >= f.Relative*math.Abs(old))
}

// A history is what is remembered of earlier windows, the earliest first.
type history struct {
	earlier []levels
	// time lies between the old window and the new one: how much a level changes from
	// one window to the next tells nothing then, and the range of all levels does
	far bool
}

// recent are so many of the last levels; all of them where time lies between.
func (h history) recent(n int, o Options) int {
	if h.far {
		return n
	}
	return min(n, o.MinEarlier)
}

// A Null is what earlier windows tell of usual levels: how far one stands out from
// the window before it and from the middle of the few before; where time lies
// between the windows, from the middle of all.
type Null struct {
	// earlier windows that have data
	Windows int `json:"windows"`
	// whether time lies between the old window and the new one
	Far bool `json:"far"`
	// levels that stand out no further than is usual, in the metric's unit
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// the share of earlier windows, and the old one, that stand out less
	Quantile float64 `json:"quantile"`
	Beyond   bool    `json:"beyond"`
	// how often a new value exceeds one that was usual before the old window; null
	// where the rest tells enough
	CLES *float64 `json:"cles" jsonschema:"nullable"`
	// how far is usual, as a logarithm
	width float64
}

// recall holds the new level against those of earlier windows. Of the measures
// it takes the first one that is steady enough to show a difference that
// matters, else the steadiest: bursts move a mean and leave a median alone.
func recall(before, after levels, h history, f Floor, o Options) (statistic, *Null) {
	if len(h.earlier) < o.MinEarlier {
		return mean, nil
	}
	chosen, best := mean, (*Null)(nil)
	for s := range statistics {
		n := usual(s, before, after, h, f, o)
		switch {
		case n == nil:
			continue
		case n.steady(f):
			return s, n
		case best == nil || n.width < best.width:
			chosen, best = s, n
		}
	}
	return chosen, best
}

// steady tells whether a difference that matters is more than is usual.
func (n *Null) steady(f Floor) bool { return n.width <= math.Log1p(f.Relative) }

// usual tells by one measure how far levels stand out; nil where it tells nothing.
func usual(s statistic, before, after levels, h history, f Floor, o Options) *Null {
	least := max(f.Absolute, math.SmallestNonzeroFloat64)
	if before[s] <= least && after[s] <= least {
		return nil
	}
	count := len(h.earlier)
	logs, small := make([]float64, 0, count+1), 0
	for _, l := range h.earlier {
		if l[s] <= least {
			small++
		}
		logs = append(logs, math.Log(max(l[s], least)))
	}
	if small > count/2 && (s != mean || f.Absolute == 0) {
		return nil
	}
	logs = append(logs, math.Log(max(before[s], least)))
	low, high := around(logs, h, o)
	steps := make([]float64, 0, count+1)
	for i, now := range logs {
		l, u := low, high
		switch {
		case h.far:
		case i == 0:
			continue // nothing is before it
		default:
			l, u = around(logs[:i], h, o)
		}
		steps = append(steps, max(l-now, now-u, 0))
	}
	slices.Sort(steps)
	// the fewer windows, the less of what is usual they have shown
	margin := o.NullMargin * (1 + 1/float64(count))
	n := Null{Windows: count, Far: h.far, width: margin * behaviour.Quantile(steps, o.NullQuantile)}
	n.Low, n.High = math.Exp(low-n.width), min(math.Exp(high+n.width), math.MaxFloat64)
	now := math.Log(max(after[s], least))
	nearer, _ := slices.BinarySearch(steps, max(low-now, now-high))
	n.Quantile = float64(nearer) / float64(len(steps))
	// beyond it, on the side that it moved to
	n.Beyond = now-high > n.width && after[s] > before[s] || low-now > n.width && after[s] < before[s]
	return &n
}

// around are the last level and the middle of the recent ones, the lower one first: a
// level that differs from both of them stands out. From a window that was
// unusual itself the way back to the middle is no change. Where time lies between,
// both are the middle.
func around(logs []float64, h history, o Options) (low, high float64) {
	var room [32]float64
	some := append(room[:0], logs[len(logs)-h.recent(len(logs), o):]...)
	slices.Sort(some)
	middle := behaviour.Quantile(some, 0.5)
	if h.far {
		return middle, middle
	}
	last := logs[len(logs)-1]
	return min(last, middle), max(last, middle)
}

// An Agreement tells whether most of the distribution moved, or a part of it.
type Agreement struct {
	// measures of the level; where earlier windows tell, the steady ones
	Measures int `json:"measures"`
	// those that moved as much as matters, the same way, and beyond what is usual
	Agree int `json:"agree"`
}

func (a Agreement) enough(o Options) bool {
	return float64(a.Agree) >= o.Agreement*float64(a.Measures)
}

// moved tells how many measures differ from each of some levels by as much as matters.
func moved(up bool, after levels, from []levels, f Floor) Agreement {
	a := Agreement{Measures: int(statistics)}
	for s := range statistics {
		if !slices.ContainsFunc(from, func(l levels) bool { return !f.matters(l[s], after[s]) || (after[s] > l[s]) != up }) {
			a.Agree++
		}
	}
	return a
}

// beyond tells how many of the steady measures moved beyond what is usual.
func beyond(up bool, before, after levels, h history, f Floor, o Options) (a Agreement) {
	for s := range statistics {
		n := usual(s, before, after, h, f, o)
		if n == nil || !n.steady(f) {
			continue
		}
		a.Measures++
		if n.Beyond && f.matters(before[s], after[s]) && (after[s] > before[s]) == up {
			a.Agree++
		}
	}
	return a
}

// typical is the middle of the recent windows before the old one, by each measure.
func (h history) typical(o Options) (middle levels) {
	recent := h.earlier[len(h.earlier)-h.recent(len(h.earlier), o):]
	some := make([]float64, len(recent))
	for s := range statistics {
		for i, l := range recent {
			some[i] = l[s]
		}
		slices.Sort(some)
		middle[s] = behaviour.Quantile(some, 0.5)
	}
	return middle
}

// over is the share of a window's values that are less, by the quantiles that are
// known of it: each of them stands for those that it is the nearest to.
func (l levels) over(value float64) (share float64) {
	for _, q := range [...]struct {
		statistic
		share float64
	}{{low, 0.175}, {lower, 0.2}, {median, 0.25}, {upper, 0.2}, {high, 0.175}} {
		switch {
		case value > l[q.statistic]:
			share += q.share
		case value == l[q.statistic]:
			share += q.share / 2
		}
	}
	return share
}
