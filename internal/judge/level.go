package judge

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
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

// A Null is what earlier windows tell of usual levels.
type Null struct {
	// earlier windows that have data
	Windows int `json:"windows"`
	// the usual range of the new level, in the metric's unit
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// the share of earlier windows, and the old one, that stood out less
	Quantile float64 `json:"quantile"`
	Beyond   bool    `json:"beyond"`
	// how likely a usual window stands out as much, and with the bootstrap's p together
	P        float64 `json:"p"`
	Combined float64 `json:"combined_p"`
	// half the range, as a logarithm
	width float64
}

// recall holds the new level against those of earlier windows, by the measure
// that is the steadiest of all: bursts move a mean and leave a median alone.
func recall(before, after levels, earlier []levels, f Floor, o Options) (statistic, *Null) {
	if len(earlier) < o.MinEarlier {
		return mean, nil
	}
	chosen, best := mean, (*Null)(nil)
	for s := range statistics {
		if n := usual(s, before, after, earlier, f, o); n != nil && (best == nil || n.width < best.width) {
			chosen, best = s, n
		}
	}
	return chosen, best
}

// usual range of one measure; nil where it tells nothing. A window stands out by
// its distance from the nearer one of two: the window before it, and the middle
// of all. So what moved long ago and stayed is usual, and so is a return.
func usual(s statistic, before, after levels, earlier []levels, f Floor, o Options) *Null {
	least := max(f.Absolute, math.SmallestNonzeroFloat64)
	if before[s] <= least && after[s] <= least {
		return nil
	}
	logs, small := make([]float64, 0, len(earlier)+1), 0
	for _, l := range earlier {
		if l[s] <= least {
			small++
		}
		logs = append(logs, math.Log(max(l[s], least)))
	}
	if !o.tells(s, f, small, len(earlier)) {
		return nil
	}
	last, now := math.Log(max(before[s], least)), math.Log(max(after[s], least))
	logs = append(logs, last)
	middle := behaviour.Quantile(slices.Sorted(slices.Values(logs)), 0.5)
	distances := make([]float64, len(earlier))
	for i, l := range logs[1:] {
		distances[i] = min(math.Abs(l-middle), math.Abs(l-logs[i]))
	}
	slices.Sort(distances)
	n := Null{Windows: len(earlier)}
	// of so few distances Student's share lies that far out
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(1, len(distances)-1))}
	scale := behaviour.Quantile(distances, o.NullQuantile) / distuv.UnitNormal.Quantile((1+o.NullQuantile)/2)
	n.width = scale * student.Quantile((1+o.NullQuantile)/2)
	lowest, highest := min(middle, last), max(middle, last)
	n.Low, n.High = math.Exp(lowest-n.width), math.Exp(highest+n.width)
	out := now - highest
	if after[s] < before[s] {
		out = lowest - now
	}
	nearer, _ := slices.BinarySearch(distances, out)
	n.Quantile = float64(nearer) / float64(len(distances))
	n.Beyond = after[s] != before[s] && out > n.width
	switch {
	case out <= 0:
		n.P = 1
	case scale > 0:
		n.P = 2 * student.Survival(out/scale)
	}
	return &n
}

// tells is false of a measure that is next to nothing in so many earlier windows
// that no level is usual. Where something is next to nothing is known, a mean still tells.
func (o Options) tells(s statistic, f Floor, small, all int) bool {
	switch {
	case f.Absolute == 0:
		return float64(all-small) >= o.NullQuantile*float64(all)
	case s == mean:
		return true
	}
	return 2*small <= all
}

// together is Fisher's p of two.
func together(p, q float64) float64 {
	product := p * q
	if product == 0 {
		return 0
	}
	return min(1, product*(1-math.Log(product)))
}
