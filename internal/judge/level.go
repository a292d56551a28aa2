package judge

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

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
	// the usual range of the level, in the metric's unit
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// the share of earlier windows, and the old one, that lie nearer to the usual level
	Quantile float64 `json:"quantile"`
	Beyond   bool    `json:"beyond"`
	// half the range, as a logarithm
	width float64
}

// recall holds the new level against those of earlier windows. Of the measures
// it takes the first one that is steady enough to show a difference that
// matters, else the steadiest: bursts move a mean and leave a median alone.
func recall(before, after levels, earlier []levels, f Floor, o Options) (statistic, *Null) {
	if len(earlier) < o.MinEarlier {
		return mean, nil
	}
	chosen, best := mean, (*Null)(nil)
	for s := range statistics {
		n := usual(s, before, after, earlier, f, o)
		switch {
		case n == nil:
			continue
		case n.width <= math.Log1p(f.Relative):
			return s, n
		case best == nil || n.width < best.width:
			chosen, best = s, n
		}
	}
	return chosen, best
}

// usual range of one measure; nil where it tells nothing.
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
	if small > len(earlier)/2 && (s != mean || f.Absolute == 0) {
		return nil
	}
	logs = append(logs, math.Log(max(before[s], least)))
	slices.Sort(logs)
	middle := behaviour.Quantile(logs, 0.5)
	distances := make([]float64, len(logs))
	for i, l := range logs {
		distances[i] = math.Abs(l - middle)
	}
	slices.Sort(distances)
	// the fewer windows, the less of what is usual they have shown
	margin := o.NullMargin * (1 + 1/float64(len(earlier)))
	n := Null{Windows: len(earlier), width: margin * behaviour.Quantile(distances, o.NullQuantile)}
	n.Low, n.High = math.Exp(middle-n.width), math.Exp(middle+n.width)
	now := math.Log(max(after[s], least))
	nearer, _ := slices.BinarySearch(distances, math.Abs(now-middle))
	n.Quantile = float64(nearer) / float64(len(distances))
	// beyond the range, on the side that it moved to
	n.Beyond = now-middle > n.width && after[s] > before[s] || middle-now > n.width && after[s] < before[s]
	return &n
}
