package judge

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// statistic identifies a measure of a window's level.
type statistic int

// Statistics of a level, most common first.
const (
	mean statistic = iota
	median
	lower
	upper
	low
	high
	statisticCount
)

var statisticNames = [statisticCount]string{"mean", "p50", "p25", "p75", "p10", "p90"}

func (s statistic) String() string { return statisticNames[s] }

// levelSet holds a window's level by each statistic.
type levelSet [statisticCount]float64

// levelsOf computes the levels of values that are also given sorted.
func levelsOf(values, sorted []float64) levelSet {
	return levelSet{
		mean: stat.Mean(values, nil), median: behaviour.Quantile(sorted, 0.5),
		lower: behaviour.Quantile(sorted, 0.25), upper: behaviour.Quantile(sorted, 0.75),
		low: behaviour.Quantile(sorted, 0.1), high: behaviour.Quantile(sorted, 0.9),
	}
}

// scaleBy returns the levels of values multiplied by a factor.
func (l levelSet) scaleBy(by float64) levelSet {
	for i := range l {
		l[i] *= by
	}
	return l
}

// isReachedBy reports whether two levels differ by at least the floor.
func isFloorReached(f catalogue.Floor, old, now float64) bool {
	d := math.Abs(now - old)
	return d > 0 && d >= f.Absolute && (old == 0 || d >= f.Relative*math.Abs(old))
}

// pastLevels holds the levels of earlier windows, oldest first.
type pastLevels struct {
	earlier []levelSet
	// a gap separates the old and the new window, so that the range of all levels counts instead of steps between
	// neighbours
	isFar bool
}

// recentCount returns how many of the last n levels count: all of them across a gap.
func (h pastLevels) recentCount(n int, o catalogue.Thresholds) int {
	if h.isFar {
		return n
	}
	return min(n, o.MinEarlier)
}

// Null is the empirical range of usual levels from earlier windows. Deviations are measured from the previous window
// and the median of recent ones; across a gap, from the median of all.
type Null struct {
	// earlier windows with data
	Windows int `json:"windows"`
	// whether a gap separates the old and the new window
	Far bool `json:"far"`
	// usual range of levels, in the metric's unit
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// share of earlier windows, including the old one, that deviate less
	Quantile float64 `json:"quantile"`
	Beyond   bool    `json:"beyond"`
	// how often a new value exceeds a usual one; null if not needed for the verdict
	CLES *float64 `json:"cles" jsonschema:"nullable"`
	// width of the usual range, as a logarithm
	width float64
}

// chooseStatistic returns the first statistic steady enough to show a practical difference, or else the steadiest.
// Bursts move a mean but not a median.
func chooseStatistic(before, after levelSet, h pastLevels, f catalogue.Floor, o catalogue.Thresholds) (statistic, *Null) {
	if len(h.earlier) < o.MinEarlier {
		return mean, nil
	}
	chosen, best := mean, (*Null)(nil)
	for s := range statisticCount {
		n := usualRange(s, before, after, h, f, o)
		switch {
		case n == nil:
			continue
		case n.isSteady(f):
			return s, n
		case best == nil || n.width < best.width:
			chosen, best = s, n
		}
	}
	return chosen, best
}

// isSteady reports whether a practical difference exceeds the usual range.
func (n *Null) isSteady(f catalogue.Floor) bool { return n.width <= math.Log1p(f.Relative) }

// usualRange returns the usual range of one statistic, or nil if it shows nothing.
func usualRange(s statistic, before, after levelSet, h pastLevels, f catalogue.Floor, o catalogue.Thresholds) *Null {
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
	low, high := recentRange(logs, h, o)
	steps := make([]float64, 0, count+1)
	for i, now := range logs {
		l, u := low, high
		switch {
		case h.isFar:
		case i == 0:
			continue // no window before it
		default:
			l, u = recentRange(logs[:i], h, o)
		}
		steps = append(steps, max(l-now, now-u, 0))
	}
	slices.Sort(steps)
	// fewer windows have shown less of what is usual
	margin := o.NullMargin * (1 + 1/float64(count))
	if h.isFar {
		margin *= o.FarMargin
	}
	n := Null{Windows: count, Far: h.isFar, width: margin * behaviour.Quantile(steps, o.NullQuantile)}
	n.Low, n.High = math.Exp(low-n.width), min(math.Exp(high+n.width), math.MaxFloat64)
	now := math.Log(max(after[s], least))
	nearer, _ := slices.BinarySearch(steps, max(low-now, now-high))
	n.Quantile = float64(nearer) / float64(len(steps))
	// beyond the range, on the side it moved to
	n.Beyond = now-high > n.width && after[s] > before[s] || low-now > n.width && after[s] < before[s]
	return &n
}

// recentRange returns the last level and the median of recent ones, lower first. A level deviates if it differs from
// both, so a return from an unusual window counts as no change. Across a gap both are the median.
func recentRange(logs []float64, h pastLevels, o catalogue.Thresholds) (low, high float64) {
	var room [32]float64
	some := append(room[:0], logs[len(logs)-h.recentCount(len(logs), o):]...)
	slices.Sort(some)
	middle := behaviour.Quantile(some, 0.5)
	if h.isFar {
		return middle, middle
	}
	last := logs[len(logs)-1]
	return min(last, middle), max(last, middle)
}

// minDays is the number of earlier days that show what is usual at an hour.
const minDays = 3

// SameHour compares the new level with the same hour of earlier days.
type SameHour struct {
	Days int     `json:"days"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// whether the new level differs from those of all days by less than matters, or is between them
	IsUsual bool `json:"is_usual"`
}

// compareSameHour compares the level with earlier days, if there are enough.
func (r *Result) compareSameHour(after levelSet, days []levelSet) {
	if len(days) < minDays {
		return
	}
	s := statistic(slices.Index(statisticNames[:], r.Change.Statistic))
	h := SameHour{Days: len(days), Low: math.Inf(1), High: math.Inf(-1)}
	for _, l := range days {
		h.Low, h.High = min(h.Low, l[s]), max(h.High, l[s])
	}
	h.IsUsual = !isFloorReached(r.Floor, min(max(after[s], h.Low), h.High), after[s])
	r.SameHour = &h
}

// Agreement reports whether most of the distribution moved, or only a part.
type Agreement struct {
	// statistics of the level; with enough earlier windows, only the steady ones
	Measures int `json:"measures"`
	// those that moved the same way by a practical amount, beyond the usual range
	Agree int `json:"agree"`
}

func (a Agreement) isEnough(o catalogue.Thresholds) bool {
	return float64(a.Agree) >= o.Agreement*float64(a.Measures)
}

// countMoved counts the statistics that differ from each given level by a practical amount.
func countMoved(up bool, after levelSet, from []levelSet, f catalogue.Floor) Agreement {
	a := Agreement{Measures: int(statisticCount)}
	for s := range statisticCount {
		if !slices.ContainsFunc(from, func(l levelSet) bool { return !isFloorReached(f, l[s], after[s]) || (after[s] > l[s]) != up }) {
			a.Agree++
		}
	}
	return a
}

// countBeyondUsual counts the steady statistics that moved beyond the usual range.
func countBeyondUsual(up bool, before, after levelSet, h pastLevels, f catalogue.Floor, o catalogue.Thresholds) (a Agreement) {
	for s := range statisticCount {
		n := usualRange(s, before, after, h, f, o)
		if n == nil || !n.isSteady(f) {
			continue
		}
		a.Measures++
		if n.Beyond && isFloorReached(f, before[s], after[s]) && (after[s] > before[s]) == up {
			a.Agree++
		}
	}
	return a
}

// typicalLevels returns the median of recent windows before the old one, by statistic.
func (h pastLevels) typicalLevels(o catalogue.Thresholds) (middle levelSet) {
	recent := h.earlier[len(h.earlier)-h.recentCount(len(h.earlier), o):]
	some := make([]float64, len(recent))
	for s := range statisticCount {
		for i, l := range recent {
			some[i] = l[s]
		}
		slices.Sort(some)
		middle[s] = behaviour.Quantile(some, 0.5)
	}
	return middle
}

// shareBelow estimates the share of a window's values below a value. Each known quantile represents the values
// nearest to it.
func (l levelSet) shareBelow(value float64) (share float64) {
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
